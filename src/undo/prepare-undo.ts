/** What has to be right before an undo reads a user. */
import type { RunToUndo, UndoInput, UndoTarget } from '../contract/undo/input.js';
import { cutText } from '../contract/bounds.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { mapAhead } from '../store/map-ahead.js';
import { lastChunk, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { findPlan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';
import { idsOfImport, runsOfImport, type DatedRun } from '../store/runs-of-import.js';
import type { Store } from '../store/store.js';
import { finalEntry, readUndoLedger } from '../store/undo-ledger.js';
import { chunksToUndo, isChanged, readUndoRows } from './undo-rows.js';

/** An undo of more runs would show a plan that nobody reads: another one goes on with the older ones. */
const MOST_RUNS = 100;
/** Other runs that are looked at, to name those with users. */
const MOST_LEFT = 20;

/**
 * @param store that of the runs
 * @param isOpen whether Temporal says that any run of a workflow id has not ended: one that has left nothing yet may find
 *   users whom the undo deletes a moment later
 * @param onChunk called with each chunk whose rows were counted
 * @throws InputError, PreflightError: the message says what to do
 */
export async function prepareUndo(
  store: Store,
  { workflowId, runId }: UndoInput,
  isOpen: (workflowId: string) => Promise<boolean>,
  onChunk: () => void,
): Promise<UndoTarget> {
  const all = await runsOfImport(store, workflowId);
  const isMeant = ({ run }: DatedRun) =>
    runId === undefined || (run.workflowId === workflowId && run.runId === runId);
  const meant = all.filter(isMeant);
  if (meant.length === 0) throw noSuchRun(runId);
  const ids = runId === undefined ? await idsOfImport(store, workflowId) : [workflowId];
  for (const id of ids) if (await isOpen(id)) throw stillRunning(id, workflowId);

  const { open, undone, imported, older } = await lookAt(store, meant, onChunk);
  // Undone already: the undo says so, and ends.
  const runs = open.length > 0 ? open : undone;
  if (runs.length === 0) throw nothingToUndo(imported);
  const others = all.filter((run) => !isMeant(run)).slice(0, MOST_LEFT);
  const left = runId === undefined ? [] : (await lookAt(store, others, onChunk)).open;
  return {
    runs: runs.map(({ sha256: _, ...run }) => run),
    left: left.map(({ run, startedAt, file, rows }) => ({ run, startedAt, file, rows })),
    warnings: [...warningsOf(runs, workflowId), ...warningOfOlder(older)],
  };
}

function noSuchRun(runId: string | undefined): InputError {
  return new InputError(
    runId === undefined
      ? 'There is no run of this workflow id in the folder of the runs. Is workflowId right, and IMPORT_RUNS that of the import?'
      : 'There is no such run of this workflow id in the folder of the runs. runId is the name of its folder; omit it to undo every run.',
  );
}

function stillRunning(id: string, workflowId: string): PreflightError {
  const what = id === workflowId ? 'The import' : `Its retry ${id}`;
  return new PreflightError(
    `${what} is still running. Cancel it, or wait for its end, then undo it.`,
  );
}

function nothingToUndo(imported: number): InputError {
  return new InputError(
    imported === 0
      ? 'This import has imported nobody: it was a dry run, or ended before the first row. There is nothing to undo.'
      : 'This import has created and updated nobody, so that there is nothing to undo.',
  );
}

interface KnownRun extends RunToUndo {
  /** Of what it imported. */
  sha256: string;
  purged: boolean;
}

/** Runs that created or changed users, by whether any of those is not undone. */
interface KnownRuns {
  open: KnownRun[];
  undone: KnownRun[];
  /** How many have imported, whether or not that created anybody. */
  imported: number;
  /** Older ones that were not looked at. */
  older: number;
}

async function lookAt(store: Store, dated: DatedRun[], onChunk: () => void): Promise<KnownRuns> {
  const found: KnownRuns = { open: [], undone: [], imported: 0, older: 0 };
  for (const [i, { run, startedAt }] of dated.entries()) {
    if (found.open.length === MOST_RUNS) return { ...found, older: dated.length - i };
    const folder = new RunLayout(store, run);
    // A run that ended before its file was validated has no plan.
    const plan = await findPlan(folder);
    if (plan?.use !== 'import') continue;
    found.imported++;
    const { rows, updated, left } = await countRows({ run, folder, plan }, onChunk);
    if (rows === 0) continue;
    const { file, findings } = plan;
    const purged = updated > 0 && (await readReport(folder))?.purgedAt !== undefined;
    const counts = { rows, updated, chunks: lastChunk(plan), purged };
    const known = { run, startedAt, file: cutText(file), sha256: findings.sha256, ...counts };
    (left > 0 ? found.open : found.undone).push(known);
  }
  return { ...found, undone: found.undone.slice(0, MOST_RUNS) };
}

async function countRows(
  openRun: OpenRun,
  onChunk: () => void,
): Promise<{ rows: number; updated: number; left: number }> {
  const counts = { rows: 0, updated: 0, left: 0 };
  const read = async (chunk: OpenChunk) => {
    const [rows, ledger] = await Promise.all([readUndoRows(chunk), readUndoLedger(chunk)]);
    return { rows, left: rows.filter(({ line }) => !finalEntry(ledger, line)).length };
  };
  for await (const { rows, left } of mapAhead(chunksToUndo(openRun), read)) {
    onChunk();
    counts.rows += rows.length;
    counts.updated += rows.filter(isChanged).length;
    counts.left += left;
  }
  return counts;
}

function warningsOf(runs: KnownRun[], workflowId: string): string[] {
  const purged = runs.filter((run) => run.purged);
  const updated = purged.reduce((sum, run) => sum + run.updated, 0);
  const own = runs.filter(({ run }) => run.workflowId === workflowId);
  const isOneFile = new Set(own.map(({ sha256 }) => sha256)).size <= 1;
  return [
    ...(updated > 0
      ? [
          `Personal data was purged: what ${updated} updated users were before is not known any more, and they are kept.`,
        ]
      : []),
    ...(isOneFile
      ? []
      : ['These runs imported different files. If one alone is meant, cancel, and name its run.']),
  ];
}

function warningOfOlder(older: number): string[] {
  if (older === 0) return [];
  return [
    `Only the newest ${MOST_RUNS} runs are undone. ${older} older ones are left: undo the import once more after it.`,
  ];
}
