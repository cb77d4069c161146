/** What is to become of a user whom an import created or updated, by what was recorded and what Kratos has now. */
import type { KeptReason } from '../contract/undo/outcomes.js';
import type { PatchOperation, StoredIdentity } from '../identity/identity.js';
import type { RunRef } from '../contract/ids.js';
import type { AfterImage, Change, RowOutcome } from '../contract/import/outcomes.js';
import {
  addressDigest,
  contentDigest,
  passwordDigest,
  signInDigest,
} from '../identity/after-image.js';
import { isFrom } from '../identity/origin.js';
import type { PasswordSwap } from '../kratos/kratos.js';
import { isPlaceholderHash } from '../passwords/placeholder.js';
import {
  isAsBefore,
  isAsLeft,
  isBlockedSince,
  toRestoringMark,
  toRestoringPatch,
} from './restore.js';

export type UndoDecision =
  | { do: 'delete' }
  | { do: 'restore'; patch: PatchOperation[]; password?: PasswordSwap | undefined }
  | { do: 'already-deleted' }
  | { do: 'keep'; reason: KeptReason };

/** What Kratos has of a user now. */
export interface CurrentState {
  /** Absent: the user was deleted. */
  user?: StoredIdentity;
  hasSessions: boolean;
}

const keep = (reason: KeptReason): UndoDecision => ({ do: 'keep', reason });

/**
 * Of a user whom the run created. Force deletes users who are in use, too, but never those of another run.
 *
 * The most telling reason comes first: a user who has set a password has logged in as well.
 */
export function decideCreated(
  { after }: Pick<RowOutcome, 'after'>,
  { user, hasSessions }: CurrentState,
  run: RunRef,
  force: boolean,
): UndoDecision {
  if (!user) return { do: 'already-deleted' };
  if (!isFrom(user.fields.metadata_admin, run)) return keep('other_origin');
  if (force) return { do: 'delete' };
  if (after && hasOtherPassword(user, after.password)) return keep('password_set');
  if (hasMoreCredentials(user, after)) return keep('credential_added');
  if (hasSessions) return keep('logged_in');
  if (!after) return keep('not_recorded');
  const verified = new Set(after.verified);
  const isVerifiedSince = user.verifiedAddresses.some(
    (address) => !verified.has(addressDigest(user.id, address)),
  );
  const isAsCreated =
    hasAllCredentials(user, after) && contentDigest(user.id, user) === after.content;
  return isAsCreated && !isVerifiedSince ? { do: 'delete' } : keep('changed');
}

/** What came with the import is none that was added since. */
function hasMoreCredentials(
  { id, signIns, otherCredentials }: StoredIdentity,
  after: AfterImage | undefined,
): boolean {
  const imported = new Set(after?.signIns);
  return (
    signIns.some((key) => !imported.has(signInDigest(id, key))) ||
    otherCredentials.some((type) => !after?.others?.includes(type))
  );
}

/** Once nothing was added, fewer are fewer of those that came with the import. */
function hasAllCredentials(
  { signIns, otherCredentials }: StoredIdentity,
  after: AfterImage,
): boolean {
  return (
    signIns.length === (after.signIns ?? []).length &&
    otherCredentials.length === (after.others ?? []).length
  );
}

/** @param sent digest of the hash that the import sent; absent when no password matches that one */
function hasOtherPassword({ id, passwordHash }: StoredIdentity, sent: string | undefined): boolean {
  if (passwordHash === undefined) return sent !== undefined;
  if (sent === undefined) return !isPlaceholderHash(passwordHash);
  return passwordDigest(id, passwordHash) !== sent;
}

/**
 * Of a user whom the run changed, or made inactive: all of it is restored, or nothing. Logging in is no reason here: it was their account
 * before. A password that the user has chosen since stays theirs, also by force.
 * @param isBegun whether an undo was about to restore them, and may have done so
 */
export function decideUpdated(
  { changes = [], password }: Pick<RowOutcome, 'changes' | 'password'>,
  { user }: CurrentState,
  force: boolean,
  isBegun: boolean,
): UndoDecision {
  if (!user) return { do: 'already-deleted' };
  if ((changes.length === 0 && !password) || changes.some(isPurged)) return keep('purged');
  const { id, passwordHash: hash } = user;
  const isSet = password && hash !== undefined && passwordDigest(id, hash) === password.digest;
  const isReset = hash !== undefined && isPlaceholderHash(hash);
  if (password && !isSet && !isReset) return keep('password_set');
  const swap = isSet ? { from: hash, to: password.was, evenSignedIn: force } : undefined;
  if (isBegun && isAsBefore(changes, user.fields)) {
    return { do: 'restore', patch: toRestoringMark(changes, user.fields), password: swap };
  }
  if (!force && (!isAsLeft(changes, user.fields) || isBlockedSince(changes, user))) {
    return keep('changed');
  }
  return { do: 'restore', patch: toRestoringPatch(changes, user.fields), password: swap };
}

function isPurged(change: Change): boolean {
  return !('after' in change) && !change.removed;
}
