/** The users of a chunk: created, or found and left or changed, in the order that asks Kratos for least. */
import { hasPassword } from '../identity/ways-in.js';
import type { Mode } from '../contract/import/input.js';
import { KratosError, type Kratos } from '../kratos/kratos.js';
import type { ChunkJournal } from '../store/chunk-journal.js';
import type { Plan } from '../store/plan.js';
import type { Candidate } from './candidate.js';
import { createUsers, createUsersInParts } from './create-users.js';
import { IDENTIFIER_CONFLICT, isBroken, type Decision, type Decisions } from './decision.js';
import type { RunBy } from './judge.js';
import { leaveUsers } from './leave-users.js';
import type { PermittedChanges } from './permitted-changes.js';
import { resolveExisting } from './resolve-existing.js';
import { byAction, findLeavers, NO_SUCH_USER } from './row-actions.js';

export interface ImportContext {
  kratos: Kratos;
  plan: Pick<Plan, 'map' | 'source' | 'findings' | 'clashesOnKeyOnly' | 'setPasswords'>;
  by: RunBy;
  now: () => Date;
  permitted: PermittedChanges;
  mode: Mode;
  /** Ids of the users who existed when the file was validated, by line. */
  existingIds: ReadonlyMap<number, string>;
  journal: ChunkJournal;
  /** So many batches the users who are to be created are sent in at most. */
  parts: number;
  /** Whether this attempt has lost an answer, so that a conflict may be of its own making. */
  hasLostAnswer: () => boolean;
  /** Saves decisions for an attempt to come. */
  saveDecisions: (decisions: Decisions) => Promise<void>;
}

/** So many users are looked up before those of them who differ are changed. */
const GROUP = 50;

/**
 * Decides every candidate. Decisions are saved from time to time, so that another attempt has less to do.
 * @throws KratosError when Kratos does not take requests for long, or breaks on each of them
 */
export async function importUsers(
  context: ImportContext,
  candidates: Candidate[],
): Promise<Decisions> {
  const decisions: Decisions = new Map();
  try {
    await decide(context, candidates, decisions);
  } catch (error) {
    // Of several batches at once some may have been answered.
    await context.saveDecisions(decisions).catch(() => undefined);
    throw error;
  }
  blameKratosForAll(candidates, decisions);
  return decisions;
}

async function decide(
  context: ImportContext,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<void> {
  const { kratos, mode, plan, existingIds, parts } = context;
  const { skipped, leaving, others: rows } = byAction(candidates, mode);
  for (const { line } of skipped) decisions.set(line, SKIPPED);
  await leaveInGroups(context, leaving, decisions);
  // A user who is to be updated, or exists in all likelihood, has to be read anyhow; reading first spares the hashing.
  // Of a source, validation has seen all users: who had none then is created, and looked up only where that conflicts.
  // Of a user in another Unicode form Kratos says nothing when the row's is created.
  const mayExist = ({ line, importRow }: Candidate) =>
    existingIds.has(line) ||
    (mode === 'update' && (!plan.findings.source || importRow.action === 'update'));
  const [readFirst, others] = split(
    rows,
    (candidate) =>
      mayExist(candidate) ||
      candidate.mayHaveTwin ||
      (plan.setPasswords !== 'never' && hasPassword(candidate.importRow)),
  );
  const absent = [...others, ...(await resolveInGroups(context, readFirst, decisions))];
  const [unknown, toCreate] = split(absent, ({ importRow }) => importRow.action === 'update');
  for (const { line } of unknown) decisions.set(line, NO_SUCH_USER);
  const conflicts = await createUsersInParts(kratos, toCreate, decisions, parts);
  await resolveConflicts(context, conflicts, decisions);
}

const SKIPPED: Decision = { outcome: 'skipped', invitation: 'none' };

/** The users of rows that say that they are to leave. */
async function leaveInGroups(
  context: ImportContext,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<void> {
  const { kratos, existingIds } = context;
  const { source } = context.plan;
  // Validation lets none of these through without a source.
  if (!source) return;
  for (let i = 0; i < candidates.length; i += GROUP) {
    const group = candidates.slice(i, i + GROUP);
    const leavers = await findLeavers(kratos, group, existingIds, decisions);
    await leaveUsers({ ...context, source }, leavers, decisions);
    await context.saveDecisions(decisions);
  }
}

/** One identifier of each candidate is taken: by its own user already, or by another one. */
async function resolveConflicts(
  context: ImportContext,
  conflicts: Candidate[],
  decisions: Decisions,
): Promise<void> {
  if (conflicts.length === 0) return;
  await context.saveDecisions(decisions);
  const [skipped, open] = split(conflicts, await needsNoLookUp(context));
  for (const { line } of skipped) decisions.set(line, SKIPPED);

  // The user in the way may have been another row of the same batch, rolled back with it: those are created again.
  const absent = await resolveInGroups(context, open, decisions);
  const conflictsAgain = await createUsers(context.kratos, absent, decisions);
  for (const { line } of await resolveInGroups(context, conflictsAgain, decisions)) {
    decisions.set(line, IDENTIFIER_CONFLICT);
  }
}

/**
 * A conflict can only be the row's user where nothing but the key is unique; and not one of this run's own making
 * in the first attempt that any worker makes, with no answer lost. A user who is due an invitation is looked up all the
 * same: an earlier import may owe it. So is one with an old id: idmap.csv needs the identity's.
 */
async function needsNoLookUp({
  mode,
  plan,
  journal,
  hasLostAnswer,
}: ImportContext): Promise<(candidate: Candidate) => boolean> {
  const isSure =
    mode === 'skip' &&
    plan.setPasswords === 'never' &&
    plan.clashesOnKeyOnly &&
    !hasLostAnswer() &&
    (await journal.isFirstAttempt());
  return ({ choosesPassword, importRow }) =>
    isSure && !choosesPassword && importRow.oldId === undefined;
}

async function resolveInGroups(
  context: ImportContext,
  candidates: Candidate[],
  decisions: Decisions,
): Promise<Candidate[]> {
  const { plan, saveDecisions } = context;
  const { map, source, setPasswords } = plan;
  const resolveContext = { ...context, map, source, setPasswords };
  const absent: Candidate[] = [];
  for (let i = 0; i < candidates.length; i += GROUP) {
    const group = candidates.slice(i, i + GROUP);
    absent.push(...(await resolveExisting(resolveContext, group, decisions)));
    await saveDecisions(decisions);
  }
  return absent;
}

/** One row on which Kratos breaks is the row's fault; when it breaks on every row of several, it is Kratos's. */
export function blameKratosForAll(candidates: { line: number }[], decisions: Decisions): void {
  if (candidates.length > 1 && candidates.every(({ line }) => isBroken(decisions.get(line)))) {
    throw new KratosError('unavailable', `Kratos failed on each of ${candidates.length} rows`);
  }
}

function split<T>(items: T[], condition: (item: T) => boolean): [T[], T[]] {
  return [items.filter(condition), items.filter((item) => !condition(item))];
}
