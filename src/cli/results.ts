/** What became of each row so far, from the store of the runs: as CSV, as a table on a terminal, or as JSON. */
import { once } from 'node:events';
import { isLeaverLine, type Outcome } from '../contract/import/outcomes.js';
import { formatNumber, formatTime } from '../format.js';
import { changedRowReader } from '../import/changed-rows.js';
import { readPurgedAt } from '../purge/purged-at.js';
import { streamKnownRows, type LineRange } from '../report/known-rows.js';
import { UNKNOWN_LINE, type ReportedRow } from '../report/row-stream.js';
import { findRun } from '../store/find-run.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import type { OpenRun } from '../store/open-run.js';
import { openStore } from '../store/open-store.js';
import { findPlan } from '../store/plan.js';
import { RunLayout } from '../store/run-layout.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { data } from './lines.js';
import { meantImport } from './newest-import.js';
import {
  asCsv,
  asJson,
  asTable,
  type ResultColumns,
  type ResultFormat,
  type ResultRow,
} from './render-results.js';
import { writeLines, type Line } from './terminal.js';
import { withClient } from './with-client.js';

export interface ResultsOptions extends ResultColumns {
  /** Run id; the newest run when absent. */
  run?: string;
  outcome?: Outcome[];
  line?: LineRange;
  limit?: number;
}

/**
 * Prints the rows whose outcome is known, in memory that does not grow with them.
 * @param runs `IMPORT_RUNS` of this machine, if it has one
 */
export async function printResults(
  id: string | undefined,
  options: ResultsOptions,
  runs: string | undefined,
  context: CommandContext,
): Promise<void> {
  if (runs === undefined) throw storeIsNotKnown();
  const tell = (text: string) => writeLines(process.stderr, [{ tone: 'soft', text }]);
  // What is written to stdout is the rows alone.
  const workflowId =
    id ??
    (await withClient((client) =>
      meantImport(client, undefined, (line) => tell(typeof line === 'string' ? line : line.text)),
    ));
  const openRun = await openRunOf(runs, workflowId, options.run);
  const purgedAt = await readPurgedAt(openRun.folder);
  if (context.reader === 'nobody') return;
  const format =
    context.reader === 'program'
      ? asJson({ run: openRun.run, purgedAt })
      : process.stdout.isTTY
        ? asTable(options)
        : asCsv(options);
  const counts = await writeRows(openRun, options, format);
  if (context.reader !== 'person') return;
  for (const text of remarks(openRun, counts, options, purgedAt)) tell(text);
}

async function openRunOf(
  runs: string,
  workflowId: string,
  runId: string | undefined,
): Promise<OpenRun> {
  const store = await openStore(runs);
  const run = await findRun(store, workflowId, runId).catch(ignoreMissing);
  if (!run) {
    throw new CommandError(
      `There is no run${runId === undefined ? '' : ` ${runId}`} of ${workflowId} in ${store.address} (IMPORT_RUNS). Is it the workers' one? Counts alone: user-import status ${workflowId}`,
      EXIT.wrongUse,
    );
  }
  const folder = new RunLayout(store, run);
  const plan = await findPlan(folder);
  if (!plan) {
    throw new CommandError(
      `The file of ${workflowId} is not validated yet, or could not be: there are no rows to show. How it goes: user-import status ${workflowId}`,
      EXIT.wrongUse,
    );
  }
  return { run, folder, plan };
}

function storeIsNotKnown(): CommandError {
  return new CommandError(
    "IMPORT_RUNS is not set, so what became of each row is not known here. Set it to the workers' one, or give this command on a machine that has it. Counts alone: user-import status",
    EXIT.wrongUse,
  );
}

interface Counts {
  /** Rows of the file. */
  shown: number;
  /** Users of the source who are not in the file. */
  leavers: number;
  /** Whether `--limit` has kept rows back. */
  isCut: boolean;
}

async function writeRows(
  openRun: OpenRun,
  { outcome, line, limit = Infinity, changes, emails }: ResultsOptions,
  format: ResultFormat,
): Promise<Counts> {
  const changedRow = changes ? changedRowReader(openRun.plan) : undefined;
  const toRow = (row: ReportedRow): ResultRow => {
    const { identityId, codes = [], invitation, email, identifier } = row;
    const change = changedRow?.(row);
    const line = row.line === UNKNOWN_LINE || isLeaverLine(row.line) ? undefined : row.line;
    return {
      ...{ line, outcome: row.outcome, identityId, codes, invitation },
      ...(emails && { email, identifier }),
      ...(changedRow && { fields: change?.fields ?? [], moreFields: change?.more }),
    };
  };
  const out = new Output();
  const counts: Counts = { shown: 0, leavers: 0, isCut: false };
  await out.put(format.begin);
  for await (const rows of streamKnownRows(openRun, line)) {
    const meant = rows.filter((row) => !outcome || outcome.includes(row.outcome));
    const left = limit - counts.shown - counts.leavers;
    const shown = meant.slice(0, left);
    await out.put(shown.flatMap((row) => format.row(toRow(row))));
    const leavers = shown.filter((row) => isLeaverLine(row.line)).length;
    counts.leavers += leavers;
    counts.shown += shown.length - leavers;
    counts.isCut = meant.length > left;
    if (counts.isCut || out.isClosed) break;
  }
  await out.put(format.end(counts.isCut));
  return counts;
}

/** Standard output: whoever reads it may be slow, and may have read enough, as `head` has. */
class Output {
  isClosed = false;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.isClosed = true;
    });
  }

  async put(lines: Line[]): Promise<void> {
    if (lines.length === 0 || this.isClosed) return;
    writeLines(
      process.stdout,
      lines.map((line) => (typeof line === 'string' ? data(line) : line)),
    );
    if (!process.stdout.writableNeedDrain) return;
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]);
  }
}

function remarks(
  { plan }: OpenRun,
  { shown, leavers, isCut }: Counts,
  { outcome, line, limit }: ResultsOptions,
  purgedAt: string | undefined,
): string[] {
  const { rows } = plan.findings;
  const isAll = !outcome && !line && !isCut;
  const rest = isAll && shown < rows ? ` The others have no outcome so far.` : '';
  return [
    isCut
      ? `The first ${formatNumber(limit!)} of them; there are more.`
      : `${formatNumber(shown)} of ${formatNumber(rows)} rows.${rest}`,
    ...(leavers > 0 && !isCut
      ? [`Without a line: ${formatNumber(leavers)} users of the source who are not in the file.`]
      : []),
    ...(purgedAt
      ? [
          `Their personal data was removed at ${formatTime(purgedAt)}: addresses and old and new values are gone.`,
        ]
      : []),
  ];
}
