import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { Kratos } from '../kratos/kratos.js';
import type { StoredIdentity } from '../identity/identity.js';
import type { UndoLedgerContent } from '../store/undo-ledger.js';
import { decideCreated, decideUpdated, type CurrentState, type UndoDecision } from './decision.js';
import type { Turns } from '../flow-control/turns.js';
import { valuesOf } from '../settled.js';
import { together } from './groups.js';
import type { LaterUpdates } from './later-updates.js';
import type { ChunkToUndo } from './open-undo.js';
import type { UndoRow } from './undo-rows.js';

export interface UndoReads {
  kratos: Kratos;
  turns: Turns;
}

/**
 * Reads the users of a group of rows and decides them, in the order of the rows. A user on whom Kratos refuses or breaks
 * is kept.
 * @param later runs whose undo is still to come before this one's, in a preview
 */
export async function decideRows(
  { kratos, turns }: UndoReads,
  chunk: ChunkToUndo,
  rows: UndoRow[],
  ledger: UndoLedgerContent,
  later?: LaterUpdates,
): Promise<UndoDecision[]> {
  const ids = rows.filter((row) => !isDeleted(row)).map(({ identityId }) => identityId);
  if (ids.length === 0) return rows.map(() => DELETED);
  const [users] = valuesOf(await together([ids], turns, (all) => readListed(kratos, all)));
  const decisions = await together(rows, turns, (row) =>
    decideRow(kratos, chunk, row, users!.get(row.identityId), ledger, later),
  );
  return valuesOf(decisions);
}

/** Of a user whom the run has deleted: nothing brings a user back. */
const DELETED: UndoDecision = { do: 'keep', reason: 'deleted_since' };

function isDeleted({ outcome }: UndoRow): boolean {
  return outcome === 'deleted';
}

/** By id. One of them may break the whole list, as one whose schema is gone does: then each is read alone. */
async function readListed(kratos: Kratos, ids: string[]): Promise<Map<string, StoredIdentity>> {
  try {
    const users = await kratos.getListed([...new Set(ids)]);
    return new Map(users.map((user) => [user.id, user]));
  } catch (error) {
    if (!isRowError(error)) throw error;
    return new Map();
  }
}

/** @param listed the user, as far as they were listed: another answer has to say that they are gone */
async function decideRow(
  kratos: Kratos,
  { run, force }: ChunkToUndo,
  row: UndoRow,
  listed: StoredIdentity | undefined,
  { begun }: UndoLedgerContent,
  later?: LaterUpdates,
): Promise<UndoDecision> {
  if (isDeleted(row)) return DELETED;
  const isCreated = row.outcome === 'created';
  try {
    const read = await readCurrentState(kratos, row.identityId, listed, isCreated && !force);
    const current = later ? await later.takeBack(read, { force }) : read;
    return isCreated
      ? decideCreated(row, current, run, force)
      : decideUpdated(row, current, force, begun.has(row.line));
  } catch (error) {
    if (!isRowError(error)) throw error;
    return { do: 'keep', reason: 'refused' };
  }
}

async function readCurrentState(
  kratos: Kratos,
  id: string,
  listed: StoredIdentity | undefined,
  asksSessions: boolean,
): Promise<CurrentState> {
  const user = listed ?? (await retrySingleRow(kratos, () => kratos.get(id)));
  if (!user) return { hasSessions: false };
  const hasSessions = asksSessions && (await retrySingleRow(kratos, () => kratos.hasSessions(id)));
  return { user, hasSessions };
}
