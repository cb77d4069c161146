/** The users of a chunk: created, or found and left or changed, in the order that asks Kratos for least. */
import type { ChunkJournal } from '../store/chunk-journal.js';
import type { Mode } from '../contract/import/input.js';
import { KratosError, type Kratos } from '../kratos/kratos.js';
import type { Plan } from '../store/plan.js';
import { hasPassword, type Candidate } from './candidate.js';
import { createUsers } from './create-users.js';
import { IDENTIFIER_CONFLICT, isBroken, type Decisions } from './decision.js';
import { resolveExisting } from './resolve-existing.js';

export interface ImportUsers {
  kratos: Kratos;
  plan: Pick<Plan, 'map' | 'clashesOnAddressOnly'>;
  mode: Mode;
  /** Who was there when the file was validated: ids by line. */
  existingUsers: ReadonlyMap<number, string>;
  journal: ChunkJournal;
  /** Whether this attempt has lost an answer, so that a conflict may be of its own making. */
  hasLostAnswer: () => boolean;
  /** Keeps decisions for an attempt to come. */
  keep: (decisions: Decisions) => Promise<void>;
}

/** So many users are looked up before those of them who differ are changed. */
const GROUP = 50;

/**
 * Decides every candidate. What is decided is kept from time to time, so that another attempt has less to do.
 * @throws KratosError when Kratos does not take requests for long, or breaks on each of them
 */
export async function importUsers(it: ImportUsers, candidates: Candidate[]): Promise<Decisions> {
  const decisions: Decisions = new Map();
  // Whoever is to be updated, or is there in all likelihood, has to be read anyhow; reading first spares the hashing.
  const [readFirst, others] = split(
    candidates,
    ({ line }) => it.mode === 'update' || it.existingUsers.has(line),
  );
  const absent = [...others, ...(await resolveInGroups(it, readFirst, decisions))];
  const conflicts = await createUsers(it.kratos, absent, decisions);
  await resolveConflicts(it, conflicts, decisions);
  blameKratosForAll(candidates, decisions);
  return decisions;
}

/** Somebody has one of the identifiers of each: its own user already, or another one. */
async function resolveConflicts(
  it: ImportUsers,
  conflicts: Candidate[],
  decisions: Decisions,
): Promise<void> {
  if (conflicts.length === 0) return;
  await it.keep(decisions);
  const [known, unknown] = split(conflicts, await knownWithoutLooking(it));
  for (const { line } of known) decisions.set(line, { outcome: 'skipped', invitation: 'none' });

  // Whoever was in the way may have been another row of the same batch, rolled back with it: those are created again.
  const absent = await resolveInGroups(it, unknown, decisions);
  const conflictsAgain = await createUsers(it.kratos, absent, decisions);
  for (const { line } of await resolveInGroups(it, conflictsAgain, decisions)) {
    decisions.set(line, IDENTIFIER_CONFLICT);
  }
}

/**
 * A conflict can only be the row's user where nothing but the address is unique; and not one of this run's own making
 * in the first attempt that any worker makes, with no answer lost. Who is due an invitation is looked up all the same:
 * an earlier import may owe it.
 */
async function knownWithoutLooking({
  mode,
  plan,
  journal,
  hasLostAnswer,
}: ImportUsers): Promise<(candidate: Candidate) => boolean> {
  const sure =
    mode === 'skip' &&
    plan.clashesOnAddressOnly &&
    !hasLostAnswer() &&
    (await journal.isFirstAttempt());
  return ({ importRow }) => sure && hasPassword(importRow);
}

async function resolveInGroups(
  it: ImportUsers,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<Candidate[]> {
  const { kratos, journal, mode, existingUsers, plan } = it;
  const settling = { kratos, journal, mode, existingUsers, map: plan.map };
  const absent: Candidate[] = [];
  for (let i = 0; i < candidates.length; i += GROUP) {
    absent.push(...(await resolveExisting(settling, candidates.slice(i, i + GROUP), decisions)));
    await it.keep(decisions);
  }
  return absent;
}

/** One row on which Kratos breaks is the row's fault; when it breaks on every row of several, it is Kratos's. */
function blameKratosForAll(candidates: Candidate[], decisions: Decisions): void {
  if (candidates.length > 1 && candidates.every(({ line }) => isBroken(decisions.get(line)))) {
    throw new KratosError('unavailable', `Kratos failed on each of ${candidates.length} rows`);
  }
}

function split<T>(items: T[], condition: (item: T) => boolean): [T[], T[]] {
  return [items.filter(condition), items.filter((item) => !condition(item))];
}
