/**
 * Which row of a source's file is a user's. An id that stays with a person counts for more than what they sign in with,
 * which people change, and which may be another person's by now.
 */
import type { MissingDo } from '../contract/import/input.js';
import { externalIdClaim, oldIdClaim, textOf } from './identifiers.js';
import type { FoundIdentity, IdentityFields } from './identity.js';
import { valueAt } from './json-pointer.js';
import { DIGEST_BYTES } from './source-mark.js';
import type { SourceMark } from './origin.js';

/** Which ids a row has by which people are told apart. */
export interface RowFlags {
  hasExternalId: boolean;
  hasOldId: boolean;
}

type User = Pick<FoundIdentity, 'fields'>;

/** The ids that stay with a person: Kratos's external id, and the one in the product that they come from. */
export function stableIds({ fields }: User): { externalId?: string; oldId?: string } {
  const oldId = textOf(valueAt(fields, ['metadata_admin', 'old_id']));
  return {
    ...(fields.external_id && { externalId: fields.external_id }),
    ...(oldId && { oldId }),
  };
}

/**
 * Whether row and user are two people, of whom no id was found to be the same: both have an external id, or both an old
 * one.
 * @param isOurs whether the user is of the row's source: an old id is another person in each product that users come from
 */
export function contradicts(
  { hasExternalId, hasOldId }: RowFlags,
  user: User,
  isOurs: boolean,
): boolean {
  const { externalId, oldId } = stableIds(user);
  return (hasExternalId && externalId !== undefined) || (isOurs && hasOldId && oldId !== undefined);
}

/** The rows of a file by what they have for themselves. */
export interface RowsOfFile {
  /** The row that has an external id, or an old one. @param key as a claim has it */
  lineOfClaim(key: string): number | undefined;
  /** The row whose key has this digest. */
  lineOfDigest(digest: Buffer): number | undefined;
  /** The rows whose key the user has now. */
  linesOfKeys(user: FoundIdentity): number[];
  /** Undefined for an invalid row, whose ids may be what is wrong with it. */
  idsOf(line: number): RowFlags | undefined;
}

/** The rows that are a user's, and how surely: one but for users who have the keys of several. */
export interface Match {
  lines: number[];
  /** 4 external id, 3 old id within the source, 2 the key of the row that made the mark, 1 a key of their own. */
  rank: number;
}

/**
 * @param mark the user's in this source, if any
 * @returns undefined for a user without a row
 */
export function matchUser(
  user: FoundIdentity,
  mark: Pick<SourceMark, 'key'> | undefined,
  rows: RowsOfFile,
): Match | undefined {
  const { externalId, oldId } = stableIds(user);
  const byExternalId = externalId && rows.lineOfClaim(externalIdClaim(externalId).key);
  if (byExternalId) return { lines: [byExternalId], rank: 4 };
  const isOurs = mark !== undefined;
  const byOldId = isOurs && oldId && rows.lineOfClaim(oldIdClaim(oldId).key);
  if (byOldId) return { lines: [byOldId], rank: 3 };
  const maySame = (line: number) => {
    const ids = rows.idsOf(line);
    return !ids || !contradicts(ids, user, isOurs);
  };
  const key = Buffer.from(mark?.key ?? '', 'base64url');
  const byMark = key.length === DIGEST_BYTES ? rows.lineOfDigest(key) : undefined;
  if (byMark !== undefined && maySame(byMark)) return { lines: [byMark], rank: 2 };
  const lines = rows.linesOfKeys(user).filter(maySame);
  return lines.length > 0 ? { lines, rank: 1 } : undefined;
}

/**
 * Whether a user of a source without a row is for its leavers; before they leave, it is decided anew.
 * @param wanted what becomes of those who are missing
 */
export function isLeaver(
  { fields }: User,
  { deactivated }: Pick<SourceMark, 'deactivated'>,
  { do: wanted, onDrift }: { do: MissingDo; onDrift: 'overwrite' | 'keep' },
): boolean {
  if (wanted === 'nothing') return false;
  // Whoever was blocked by somebody else is not this source's to delete.
  if (!isActive(fields)) return wanted === 'delete' && deactivated !== undefined;
  const isLetInByHand = deactivated !== undefined;
  return !(isLetInByHand && onDrift === 'keep');
}

export function isActive({ state }: Pick<IdentityFields, 'state'>): boolean {
  return state !== 'inactive';
}

/** More than clocks differ by, and than a request that Kratos cannot take at once may wait. */
const CLOCKS_MS = 10 * 60_000;

/** Whether somebody else has changed the state since the source deactivated the user: they may have blocked them. */
export function isTouchedSince(
  { stateChangedAt }: Pick<FoundIdentity, 'stateChangedAt'>,
  { deactivated }: Pick<SourceMark, 'deactivated'>,
): boolean {
  if (stateChangedAt === undefined || !deactivated) return false;
  return Date.parse(stateChangedAt) > Date.parse(deactivated.at) + CLOCKS_MS;
}
