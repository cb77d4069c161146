/**
 * Late hashes: the password of a row for a user whom an earlier import created without one. Nobody else's is touched: a
 * user who has chosen a password, or whom no import created, keeps what they have.
 */
import type { PasswordSet } from '../contract/import/outcomes.js';
import { passwordDigest } from '../identity/after-image.js';
import type { FoundIdentity, StoredIdentity } from '../identity/identity.js';
import { originOf } from '../identity/origin.js';
import { hasPassword } from '../identity/ways-in.js';
import type { Kratos } from '../kratos/kratos.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import { isPlaceholderHash } from '../passwords/placeholder.js';
import type { Plan } from '../store/plan.js';
import type { Candidate } from './candidate.js';
import { rejection, type Decisions } from './decision.js';
import type { PermittedChanges } from './permitted-changes.js';

/** A row whose user exists. */
export interface Existing {
  candidate: Candidate;
  user: FoundIdentity;
}

/** The hashes of a user's password before and after this run; the same when they have it already. */
export interface PasswordChange {
  from: string;
  to: string;
  /** What the outcome keeps of it. */
  record: PasswordSet;
}

export interface PasswordRules {
  setPasswords: Plan['setPasswords'];
  permitted: PermittedChanges;
}

/** Whether the row's password may be set, should the user still have a placeholder. */
function mayBeSet(
  { setPasswords, permitted }: PasswordRules,
  { candidate, user }: Existing,
): boolean {
  return (
    setPasswords === 'placeholder' &&
    hasPassword(candidate.importRow) &&
    originOf(user.fields.metadata_admin)?.workflowId !== undefined &&
    permitted.outside(user) === undefined
  );
}

/** So many users are read at once. */
const AT_ONCE = 8;

/**
 * The users whose password may be set, with their credentials, by line.
 * @param decisions gets those of the rows whose user Kratos refuses to show
 */
export async function readCredentials(
  kratos: Pick<Kratos, 'ready' | 'get'>,
  rules: PasswordRules,
  existing: Existing[],
  decisions: Decisions,
): Promise<Map<number, StoredIdentity>> {
  const stored = new Map<number, StoredIdentity>();
  const wanted = existing.filter((each) => mayBeSet(rules, each));
  const read = async ({ candidate: { line }, user: { id } }: Existing): Promise<void> => {
    try {
      const found = await retrySingleRow(kratos, () => kratos.get(id));
      if (found) stored.set(line, found);
    } catch (error) {
      if (!isRowError(error)) throw error;
      decisions.set(line, rejection(error));
    }
  };
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    await Promise.all(wanted.slice(i, i + AT_ONCE).map(read));
  }
  return stored;
}

export function hasPlaceholder(user: StoredIdentity | undefined): boolean {
  return user?.passwordHash !== undefined && isPlaceholderHash(user.passwordHash);
}

/**
 * The change of password that the row makes, or that an attempt before this one has made.
 * @param user with their credentials; undefined where no password may be set
 * @param begun what attempts at the row were about to set
 */
export async function passwordChangeOf(
  candidate: Candidate,
  user: StoredIdentity | undefined,
  begun: readonly PasswordSet[],
): Promise<PasswordChange | undefined> {
  const hash = user?.passwordHash;
  if (!user || hash === undefined) return undefined;
  const made = passwordSetBy(user, begun);
  if (made) return { from: made.was, to: hash, record: made };
  if (!isPlaceholderHash(hash)) return undefined;
  const { hashedPassword } = await candidate.identity();
  if (hashedPassword === undefined) return undefined;
  const record = { was: hash, digest: passwordDigest(user.id, hashedPassword) };
  return { from: hash, to: hashedPassword, record };
}

/** Which of these is the password that the user has; undefined where it is none of them. */
export function passwordSetBy(
  { id, passwordHash }: StoredIdentity,
  sets: readonly PasswordSet[],
): PasswordSet | undefined {
  if (passwordHash === undefined) return undefined;
  const digest = passwordDigest(id, passwordHash);
  return sets.find((set) => set.digest === digest);
}
