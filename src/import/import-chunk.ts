/** One chunk: its rows are read again from the file, created, and their outcomes put on disk. */
import type { RunRef } from '../contract/ids.js';
import type { ChunkCounts, RowOutcome } from '../contract/outcomes.js';
import type { Row } from '../csv/cells.js';
import type { Kratos } from '../kratos/kratos.js';
import { untilAborted } from '../kratos/until-aborted.js';
import type { LoadedPlan } from '../plan/loaded-plans.js';
import { readChunk } from '../plan/plan.js';
import type { ImportRow } from '../rules/row.js';
import { countOutcomes, readOutcomes, writeOutcomes } from '../runs/outcomes.js';
import type { RunFolder } from '../runs/run-folder.js';
import { candidateMaker, hasPassword } from './candidate.js';
import { createUsers, type CreateOutcome } from './create-users.js';
import type { PasswordHasher } from './password-hasher.js';
import { readRange } from './read-range.js';

export interface ImportChunkDeps {
  importRoot: string;
  kratos: Kratos;
  passwords: { hash: PasswordHasher; bcryptCost: number };
  now: () => Date;
}

/**
 * Imports the rows of one chunk. Safe to run again after any crash: rows that an earlier attempt created are known by
 * their origin, and once the outcomes are on disk nothing but their counters is asked for.
 * @param signal an attempt that is given up makes no further request and writes nothing
 * @throws FileError `file_changed` when the bytes are not those that were validated
 */
export async function importChunk(
  deps: ImportChunkDeps,
  run: RunRef,
  chunk: number,
  { plan, checkRow }: LoadedPlan,
  folder: RunFolder,
  signal: AbortSignal,
): Promise<ChunkCounts> {
  const range = await readChunk(folder, plan, chunk);
  const known = await readOutcomes(folder, chunk, range);
  if (known) return countOutcomes(known);

  const rows = await readRange(deps.importRoot, plan, range);
  const users = rows.map((row) => checkRow(row.cells).row);
  const make = candidateMaker(run, plan, deps.passwords, deps.now());
  const candidates = await Promise.all(
    rows.flatMap((row, i) => (range.invalid.has(i) ? [] : [make(users[i]!, row.line)])),
  );
  const created = await createUsers(untilAborted(deps.kratos, signal), candidates);

  const outcomes = rows.map((row, i) => toOutcome(row, users[i]!, created.get(row.line)));
  signal.throwIfAborted();
  await writeOutcomes(folder, chunk, range, outcomes);
  return countOutcomes(outcomes);
}

/** @param created absent for a row that validation refused */
function toOutcome(row: Row, user: ImportRow, created: CreateOutcome | undefined): RowOutcome {
  const { line } = row;
  const { email } = user;
  if (!created) return { line, email, outcome: 'invalid', invitation: 'none' };
  if (created.outcome === 'failed') {
    const { code, reason } = created;
    return {
      line,
      email,
      outcome: 'failed',
      codes: [code],
      reason,
      invitation: 'none',
      raw: row.raw(),
    };
  }
  const { outcome, identityId } = created;
  const invitation = outcome === 'created' && !hasPassword(user) ? 'due' : 'none';
  return { line, email, outcome, identityId, invitation };
}
