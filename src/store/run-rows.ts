/**
 * What a run has made of its rows, without its file: block by block in file order, whether the run has come to its end
 * or was terminated, and also once it is purged. Users of a source who are in no row are no part of it.
 */
import type { Outcome, RowOutcome } from '../contract/import/outcomes.js';
import type { UndoEntry } from '../contract/undo/outcomes.js';
import { doubts, readJournal } from './chunk-journal.js';
import { readInvitations } from './invitation-ledger.js';
import { mapAhead } from './map-ahead.js';
import { chunksOf, type OpenChunk, type OpenRun } from './open-run.js';
import { readOutcomes } from './outcomes.js';
import type { ChunkRange } from './plan.js';
import { isSkipped } from './settled.js';
import { readUndoLedger } from './undo-ledger.js';

/** A row's outcome with the last word of its invitation and of an undo. */
interface RunRow extends Pick<RowOutcome, 'outcome' | 'invitation'> {
  undone?: { how: 'deleted' | 'restored'; at: string } | undefined;
}

/** The rows of a chunk. */
export interface RowBlock {
  size: number;
  /** The line of a row, counted from 0 within the block; undefined where only the file knows it. */
  lineAt: (index: number) => number | undefined;
  /**
   * To be asked for each row in turn.
   * @param line where another run knows it
   */
  rowAt: (index: number, line: number | undefined) => RunRow;
}

interface RunRowsOptions {
  /** Whether any user of the run may have been deleted or restored by an undo. */
  isUndone: boolean;
  /** Chunks that are known to have begun, besides those whose journal says so. */
  undecided: ReadonlySet<number> | undefined;
}

export function runRows(run: OpenRun, options: RunRowsOptions): AsyncGenerator<RowBlock> {
  return mapAhead(chunksOf(run), (chunk) => readBlock(chunk, options));
}

async function readBlock(
  chunk: OpenChunk,
  { isUndone, undecided }: RunRowsOptions,
): Promise<RowBlock> {
  const { folder, plan, range, number } = chunk;
  if (isSkipped(plan, number)) return openBlock(range, [], (row) => row, unchanged);
  const [outcomes, ledger] = await Promise.all([
    readOutcomes(chunk),
    isUndone ? readUndoLedger(chunk) : undefined,
  ]);
  const journal = outcomes ? undefined : await readJournal(folder.store, folder.journal(chunk));
  const known = outcomes ?? [...journal!.outcomes.values()];
  const isDue = known.some(({ invitation }) => invitation === 'due');
  const invited = isDue ? await readInvitations(chunk) : undefined;
  const toRow = ({ line, outcome, invitation }: RowOutcome): RunRow => ({
    outcome,
    invitation: (invitation === 'due' && invited?.get(line)?.state) || invitation,
    undone: undoneBy(ledger?.entries.get(line)),
  });
  if (outcomes) {
    return {
      size: outcomes.length,
      lineAt: (index) => outcomes[index]!.line,
      rowAt: (index) => toRow(outcomes[index]!),
    };
  }
  const { attempts } = journal!;
  const isInDoubt = attempts.size > 0 ? doubts(journal!) : () => undecided?.has(number) === true;
  const openAs = (line: number | undefined) => (isInDoubt(line) ? 'undecided' : 'unprocessed');
  return openBlock(range, known, toRow, openAs);
}

const unchanged = () => 'unchanged' as const;

/**
 * Of a chunk without outcomes.
 * @param openAs the outcome of a row that no attempt has decided
 */
function openBlock(
  { rows: size, invalid }: ChunkRange,
  decided: readonly RowOutcome[],
  toRow: (row: RowOutcome) => RunRow,
  openAs: (line: number | undefined) => Outcome,
): RowBlock {
  const inOrder = decided.toSorted((a, b) => a.line - b.line);
  const byLine = new Map(inOrder.map((row) => [row.line, row]));
  return {
    size,
    lineAt: () => undefined,
    rowAt: (index, line) => {
      if (invalid.has(index)) return { outcome: 'invalid', invitation: 'none' };
      // Where nobody knows the lines, the number of the decided rows is right all the same.
      const row = line === undefined ? byLine.values().next().value : byLine.get(line);
      if (!row) return { outcome: openAs(line), invitation: 'none' };
      byLine.delete(row.line);
      return toRow(row);
    },
  };
}

function undoneBy(entry: UndoEntry | undefined): RunRow['undone'] {
  if (entry?.undone !== 'deleted' && entry?.undone !== 'restored') return undefined;
  return { how: entry.undone, at: entry.at };
}
