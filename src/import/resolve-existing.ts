/** What becomes of rows whose user may exist already: left as they are, or changed where the file says otherwise. */
import type { FoundIdentity } from '../identity/identity.js';
import { mergeChanges, type ChunkJournal } from '../store/chunk-journal.js';
import type { Mode } from '../contract/import/input.js';
import type { Change, PasswordSet } from '../contract/import/outcomes.js';
import type { Kratos, PasswordSwap, SwapResult } from '../kratos/kratos.js';
import { differencesOf, isAnyMade, toPatch } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import { hasPassword } from '../identity/ways-in.js';
import type { Candidate } from './candidate.js';
import { createdDecision } from './create-users.js';
import {
  aboutUser,
  conflictDecision,
  IDENTIFIER_CONFLICT,
  refusal,
  rejection,
  type Decision,
  type Decisions,
} from './decision.js';
import { findUsers } from './find-user.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import {
  passwordChangeOf,
  passwordSetBy,
  readCredentials,
  type Existing,
  type PasswordChange,
  type PasswordRules,
} from './set-password.js';

export interface ResolveContext extends PasswordRules {
  kratos: Kratos;
  journal: Pick<ChunkJournal, 'read' | 'intend'>;
  map: ColumnMap;
  mode: Mode;
  /** Ids of the users who existed when the file was validated, by line. */
  existingIds: ReadonlyMap<number, string>;
}

/** A user who is to be changed. */
interface Update extends Existing {
  /** The changes that are still to be made. */
  missing: Change[];
  password: PasswordChange | undefined;
  /** The decision once they are made, with the changes of earlier attempts. */
  updated: (password: PasswordSet | undefined) => Decision;
}

/**
 * Looks the candidates' users up and decides the rows whose user exists.
 * @param decisions gets their decisions
 * @returns the candidates that have neither a user nor a conflict with another one
 */
export async function resolveExisting(
  context: ResolveContext,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<Candidate[]> {
  const absent: Candidate[] = [];
  const existing: Existing[] = [];
  const lookups = await findUsers(context.kratos, candidates, context.existingIds, decisions);
  for (const [candidate, { match, conflict }] of lookups) {
    if (match && candidate.isOwn(match)) {
      const hash = await hashOf(context.kratos, candidate, match);
      decisions.set(candidate.line, createdDecision(candidate, match.id, hash));
    } else if (match) existing.push({ candidate, user: match });
    else if (conflict) decisions.set(candidate.line, conflictDecision(conflict));
    else absent.push(candidate);
  }
  await makeUpdates(context, await updatesOf(context, existing, decisions), decisions);
  return absent;
}

/**
 * The attempt that created the user has taken the hash with it; a hash that is known by its form is not asked for.
 * Undefined also where it cannot be read.
 */
async function hashOf(
  kratos: Kratos,
  { importRow }: Candidate,
  { id }: FoundIdentity,
): Promise<string | undefined> {
  if (importRow.passwordHash !== undefined) return importRow.passwordHash;
  if (!hasPassword(importRow)) return undefined;
  try {
    return (await retrySingleRow(kratos, () => kratos.get(id)))?.passwordHash;
  } catch (error) {
    if (!isRowError(error)) throw error;
    return undefined;
  }
}

/** Decides the rows whose user stays as it is, and returns the others. */
async function updatesOf(
  context: ResolveContext,
  existing: Existing[],
  decisions: Decisions,
): Promise<Update[]> {
  const { kratos, journal, map, permitted, mode } = context;
  const credentials = await readCredentials(kratos, context, existing, decisions);
  // Read after the users were: an attempt that changed one before that had written down what it was about to change.
  const { intents, passwords } = await journal.read();
  const updates: Update[] = [];
  for (const { candidate, user } of existing) {
    const { line, importRow } = candidate;
    if (decisions.has(line)) continue;
    const begun = intents.get(line) ?? [];
    const outside = permitted.outside(user);
    const about = aboutUser(user, outside);
    const isSkipped = mode === 'skip' && begun.length === 0;
    const begunPasswords = passwords.get(line) ?? [];
    const stored = credentials.get(line);
    const password = await passwordChangeOf(candidate, stored, begunPasswords);
    if (isSkipped && !password) {
      decisions.set(line, { outcome: 'skipped', ...about });
      continue;
    }
    const toDecision = (changes: Change[], set: PasswordSet | undefined): Decision => {
      if (!set && changes.length === 0) {
        return { outcome: mode === 'skip' ? 'skipped' : 'unchanged', ...about };
      }
      const effects = permitted.effectsOf(changes, set !== undefined);
      const updated = { outcome: 'updated', ...about, identityId: user.id, changes } as const;
      // Whoever has a password is due no invitation to choose one.
      return set
        ? { ...updated, effects, invitation: 'none', password: set }
        : { ...updated, effects };
    };
    const missing = isSkipped ? [] : differencesOf(importRow, map, user.fields);
    const changes = mergeChanges(begun, missing);
    const codes = outside ? [outside] : permitted.refusals(missing);
    if (codes.length > 0) {
      // An earlier attempt may have changed the user before they went out of this import's reach.
      const made = isAnyMade(begun, user.fields) ? begun : [];
      const set = stored && passwordSetBy(stored, begunPasswords);
      decisions.set(
        line,
        made.length > 0 || set ? toDecision(made, set) : { outcome: 'left_alone', codes, ...about },
      );
    } else if (changes.length === 0 && !password)
      decisions.set(line, { outcome: 'unchanged', ...about });
    else {
      const updated = (set: PasswordSet | undefined) => toDecision(changes, set);
      updates.push({ candidate, user, missing, password, updated });
    }
  }
  return updates;
}

async function makeUpdates(
  context: ResolveContext,
  updates: Update[],
  decisions: Decisions,
): Promise<void> {
  if (updates.length === 0) return;
  await context.journal.intend(
    updates.map(({ candidate, missing, password }) => ({
      line: candidate.line,
      changes: missing,
      password: password?.record,
    })),
  );
  for (const update of updates) {
    decisions.set(update.candidate.line, await makeUpdate(context, update));
  }
}

/** The password first: it is what may not be set after all, and can be taken back. */
async function makeUpdate(context: ResolveContext, update: Update): Promise<Decision> {
  const set = await setPassword(context, update);
  if (set && 'outcome' in set) return set;
  const refused = await changeUser(context, update);
  if (refused && update.password) {
    const { from, to } = update.password;
    await swap(context, update, { from: to, to: from, evenSignedIn: true });
  }
  return refused ?? update.updated(set);
}

/** @returns what was set; why not, where the row cannot be imported now; undefined where the user keeps their own */
async function setPassword(
  context: ResolveContext,
  update: Update,
): Promise<PasswordSet | Decision | undefined> {
  const { candidate, user, password } = update;
  if (!password) return undefined;
  const { from, to, record } = password;
  const result = await swap(context, update, { from, to });
  if (typeof result === 'object') return result;
  if (result === 'replaced') return record;
  if (result === 'signed_in') {
    const codes = ['signed_in' as const];
    return { outcome: 'left_alone', codes, ...aboutUser(user, undefined) };
  }
  // Another attempt at the row may have set its own hash of the same password.
  const [stored] = (await readCredentials(context.kratos, context, [update], new Map())).values();
  const { passwords } = await context.journal.read();
  return stored && passwordSetBy(stored, passwords.get(candidate.line) ?? []);
}

async function swap(
  { kratos }: ResolveContext,
  { user }: Update,
  passwords: PasswordSwap,
): Promise<SwapResult | Decision> {
  try {
    return await retrySingleRow(kratos, () => kratos.swapPassword(user.id, passwords));
  } catch (error) {
    if (!isRowError(error)) throw error;
    const { status, reason } = error.details;
    return status === 400 ? refusal(status, reason ?? '') : rejection(error);
  }
}

/** @returns why not, where Kratos does not take the change */
async function changeUser(context: ResolveContext, update: Update): Promise<Decision | undefined> {
  const { kratos } = context;
  const { user, missing } = update;
  if (missing.length === 0) return undefined;
  try {
    await retrySingleRow(kratos, () => kratos.update(user.id, toPatch(missing, user.fields)));
    return undefined;
  } catch (error) {
    if (!isRowError(error)) throw error;
    const { status, reason, byGateway } = error.details;
    if (byGateway) return (await isChanged(context, update)) ? undefined : rejection(error);
    if (status === 409) return IDENTIFIER_CONFLICT;
    return status === 400 ? refusal(status, reason ?? '') : rejection(error);
  }
}

/** A gateway may let a change through and block its answer. */
async function isChanged(
  { kratos, map }: ResolveContext,
  { candidate, user: { id } }: Update,
): Promise<boolean> {
  try {
    const [user] = await retrySingleRow(kratos, () => kratos.findByIds([id]));
    return user !== undefined && differencesOf(candidate.importRow, map, user.fields).length === 0;
  } catch (error) {
    if (!isRowError(error)) throw error;
    return false;
  }
}
