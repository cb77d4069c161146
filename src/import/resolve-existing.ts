/** What becomes of rows whose user may exist already: left as they are, or changed where the file says otherwise. */
import type { FoundIdentity } from '../identity/identity.js';
import { mergeChanges, type ChunkJournal, type Intent } from '../store/chunk-journal.js';
import type { Mode } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import type { Kratos } from '../kratos/kratos.js';
import { differencesOf, toPatch } from '../identity/differences.js';
import type { ColumnMap } from '../identity/columns.js';
import { hasPassword, type Candidate } from './candidate.js';
import { createdDecision } from './create-users.js';
import {
  IDENTIFIER_CONFLICT,
  refusal,
  rejection,
  type Decision,
  type Decisions,
} from './decision.js';
import { findUsers } from './find-user.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import { isDue } from '../identity/origin.js';

export interface ResolveExisting {
  kratos: Kratos;
  journal: Pick<ChunkJournal, 'read' | 'intend'>;
  map: ColumnMap;
  mode: Mode;
  /** Who was there when the file was validated: ids by line. */
  existingUsers: ReadonlyMap<number, string>;
}

interface Existing {
  candidate: Candidate;
  user: FoundIdentity;
}

/**
 * Looks the candidates' users up and decides those who are there.
 * @param decisions gets their decisions
 * @returns the candidates whose user is not there, and nobody else in their place
 */
export async function resolveExisting(
  settling: ResolveExisting,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<Candidate[]> {
  const absent: Candidate[] = [];
  const existing: Existing[] = [];
  const lookups = await findUsers(settling.kratos, candidates, settling.existingUsers);
  for (const [candidate, { match, conflict }] of lookups) {
    if (match && candidate.isOwn(match)) {
      const hash = await hashOf(settling.kratos, candidate, match);
      decisions.set(candidate.line, createdDecision(candidate, match.id, hash));
    } else if (match) existing.push({ candidate, user: match });
    else if (conflict) decisions.set(candidate.line, IDENTIFIER_CONFLICT);
    else absent.push(candidate);
  }
  await updateExisting(settling, existing, decisions);
  return absent;
}

/** The attempt that created the user has taken the hash with it; where it is known by its form nobody needs to ask. */
async function hashOf(
  kratos: Kratos,
  { importRow }: Candidate,
  { id }: FoundIdentity,
): Promise<string | undefined> {
  if (importRow.passwordHash !== undefined) return importRow.passwordHash;
  return hasPassword(importRow) ? (await kratos.get(id))?.passwordHash : undefined;
}

async function updateExisting(
  { kratos, journal, map, mode }: ResolveExisting,
  existing: Existing[],
  decisions: Decisions,
): Promise<void> {
  // Read after the users were: whoever changed one before that had written down what they were about to do.
  const { intents } = await journal.read();
  const updates: (Existing & Intent & { missing: Change[] })[] = [];
  for (const { candidate, user } of existing) {
    const { line, importRow } = candidate;
    const begun = intents.get(line) ?? [];
    if (mode === 'skip' && begun.length === 0) {
      decisions.set(line, { outcome: 'skipped', ...about(user) });
      continue;
    }
    const missing = differencesOf(importRow, map, user.fields);
    const changes = mergeChanges(begun, missing);
    if (changes.length === 0) decisions.set(line, { outcome: 'unchanged', ...about(user) });
    else updates.push({ candidate, user, line, changes, missing });
  }
  if (updates.length === 0) return;
  await journal.intend(updates.map(({ line, missing }) => ({ line, changes: missing })));
  for (const { user, line, changes, missing } of updates) {
    const done: Decision = { outcome: 'updated', ...about(user), changes };
    decisions.set(line, (await change(kratos, user, missing)) ?? done);
  }
}

/** @returns why not, when Kratos does not take the change */
async function change(
  kratos: Kratos,
  user: FoundIdentity,
  changes: Change[],
): Promise<Decision | undefined> {
  if (changes.length === 0) return undefined;
  try {
    await retrySingleRow(kratos, () => kratos.update(user.id, toPatch(changes, user.fields)));
    return undefined;
  } catch (error) {
    if (!isRowError(error)) throw error;
    const { status, reason } = error.details;
    if (status === 409) return IDENTIFIER_CONFLICT;
    return status === 400 ? refusal(status, reason ?? '') : rejection(error);
  }
}

/** A user of an earlier import may still be due the invitation that it did not come to. */
function about({ id, fields }: FoundIdentity) {
  return { identityId: id, invitation: isDue(fields.metadata_admin) ? 'due' : 'none' } as const;
}
