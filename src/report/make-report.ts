/** The report of a run that was ended before it could write one, from what it has left. */
import type { RunRef } from '../contract/ids.js';
import type { ImportInput } from '../contract/import/input.js';
import type { Ending, Report } from '../contract/report.js';
import { FileError } from '../csv/file-error.js';
import { NO_TIMELINE } from '../progress/timeline.js';
import type { ImportRoot } from '../store/import-root.js';
import { findPlan } from '../store/plan.js';
import { begunChunks } from '../store/run-folder.js';
import { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';
import { writeReport } from './write-report.js';

export interface MadeReport {
  run: RunRef;
  ending: Ending;
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
  settings: ImportInput;
  temporalUrl: string | undefined;
}

/**
 * @param runs the store of the runs
 * @param importRoot undefined: not known here; then rows of chunks that were begun have no line and no address
 * @throws VersionChanged when the run has a report by now
 */
export async function makeReport(
  runs: Store,
  importRoot: ImportRoot | undefined,
  { run, ending, startedAt, endedAt, settings, temporalUrl }: MadeReport,
): Promise<Report> {
  const folder = new RunLayout(runs, run);
  const planned = (await findPlan(folder)) !== undefined;
  const request = {
    ...{ run, ending, startedAt, settings, planned, timeline: NO_TIMELINE },
    undecidedChunks: planned ? (await begunChunks(folder)).open : [],
    history: { rows: [], mails: [] },
  };
  const now = () => new Date(endedAt);
  return writeReport(folder, importRoot ?? noFiles(runs), request, { now, temporalUrl });
}

/** Where nothing is found, as if the file were gone. */
function noFiles(store: Store): ImportRoot {
  return {
    store,
    open: () =>
      Promise.reject(
        new FileError({ code: 'file_not_found', message: 'file_not_found: not here' }),
      ),
    find: () => Promise.resolve(undefined),
    put: () => Promise.reject(new Error('There is no import root.')),
  };
}
