/** What becomes of rows whose user may exist already: left as they are, or changed where the file says otherwise. */
import type { FoundIdentity } from '../identity/identity.js';
import { mergeChanges, type ChunkJournal } from '../store/chunk-journal.js';
import type { Mode } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import type { Kratos } from '../kratos/kratos.js';
import { differencesOf, isAnyMade, toPatch } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import type { Candidate } from './candidate.js';
import { hasPassword } from './credential.js';
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
import type { PermittedChanges } from './permitted-changes.js';

export interface ResolveContext {
  kratos: Kratos;
  journal: Pick<ChunkJournal, 'read' | 'intend'>;
  map: ColumnMap;
  permitted: PermittedChanges;
  mode: Mode;
  /** Ids of the users who existed when the file was validated, by line. */
  existingIds: ReadonlyMap<number, string>;
}

interface Existing {
  candidate: Candidate;
  user: FoundIdentity;
}

/** A user who is to be changed. */
interface Update {
  candidate: Candidate;
  user: FoundIdentity;
  /** The changes that are still to be made. */
  missing: Change[];
  /** The decision once they are made, with the changes of earlier attempts. */
  updated: Decision;
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
  { journal, map, permitted, mode }: ResolveContext,
  existing: Existing[],
  decisions: Decisions,
): Promise<Update[]> {
  // Read after the users were: an attempt that changed one before that had written down what it was about to change.
  const { intents } = await journal.read();
  const updates: Update[] = [];
  for (const { candidate, user } of existing) {
    const { line, importRow } = candidate;
    const begun = intents.get(line) ?? [];
    const outside = permitted.outside(user);
    const about = aboutUser(user, outside);
    if (mode === 'skip' && begun.length === 0) {
      decisions.set(line, { outcome: 'skipped', ...about });
      continue;
    }
    const toDecision = (changes: Change[]): Decision => {
      const effects = permitted.effectsOf(changes);
      return { outcome: 'updated', ...about, identityId: user.id, changes, effects };
    };
    const missing = differencesOf(importRow, map, user.fields);
    const changes = mergeChanges(begun, missing);
    const codes = outside ? [outside] : permitted.refusals(missing);
    if (codes.length > 0) {
      // An earlier attempt may have changed the user before they went out of this import's reach.
      const isUpdated = isAnyMade(begun, user.fields);
      decisions.set(
        line,
        isUpdated ? toDecision(begun) : { outcome: 'left_alone', codes, ...about },
      );
    } else if (changes.length === 0) decisions.set(line, { outcome: 'unchanged', ...about });
    else updates.push({ candidate, user, missing, updated: toDecision(changes) });
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
    updates.map(({ candidate, missing }) => ({ line: candidate.line, changes: missing })),
  );
  for (const update of updates) {
    decisions.set(update.candidate.line, (await changeUser(context, update)) ?? update.updated);
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
