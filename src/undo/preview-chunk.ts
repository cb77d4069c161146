import type { UndoPreview } from '../contract/undo/outcomes.js';
import { withRetries } from '../kratos/with-retries.js';
import { finalEntry, readUndoLedger } from '../store/undo-ledger.js';
import { decideRows } from './decide-rows.js';
import { groupsOf } from './groups.js';
import type { LaterUpdates } from './later-updates.js';
import type { ChunkToUndo } from './open-undo.js';
import { Tally } from './tally.js';
import type { UndoAttempt, UndoChunkDeps } from './undo-chunk.js';
import { readUndoRows } from './undo-rows.js';

/**
 * What would become of a chunk's users. Changes nothing and writes nothing.
 * @param later what later runs of the same undo have changed
 */
export async function previewChunk(
  deps: UndoChunkDeps,
  chunk: ChunkToUndo,
  later: LaterUpdates,
  { signal, reportStall }: UndoAttempt,
): Promise<UndoPreview> {
  const rows = await readUndoRows(chunk);
  const ledger = await readUndoLedger(chunk);
  const kratos = withRetries(deps.kratos, { ...deps, signal, onStall: reportStall });
  const { turns } = deps;
  const tally = new Tally(chunk.undo);
  for (const group of groupsOf(rows)) {
    const open = group.filter(({ line }) => !finalEntry(ledger, line));
    const decisions = await decideRows({ kratos, turns }, chunk, open, ledger, later);
    for (const [i, row] of open.entries()) tally.addDecision(row, decisions[i]!);
    for (const row of group) {
      const entry = finalEntry(ledger, row.line);
      if (entry) tally.addEntry(row, entry);
    }
  }
  const counted = rows.filter(({ identityId }) => later.has(identityId)).length;
  return { ...tally.counts, counted };
}
