/** The report at the end of an import, however it ends. */
import { ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities, ReportSummary } from '../../activities/index.js';
import type { FileProblem } from '../../src/contract/codes.js';
import { withoutLabel } from '../../src/contract/ids.js';
import type { Ending, Report } from '../../src/contract/report.js';
import { IMPORT_PHASES, moveTo } from '../../src/contract/status.js';
import type { RunEnd } from '../../src/progress/end-details.js';
import type { Series } from '../../src/progress/series.js';
import { headlineOf } from '../../src/report/headline.js';
import { nextSteps } from '../../src/report/next-steps.js';
import { ACTIVITY_OPTIONS, REPORT_BEFORE_THE_END } from '../shared/activity-options.js';
import { endingOf, fatalFailure, fileProblemOf, tryToReport } from '../shared/failures.js';
import { addNotice } from '../shared/notices.js';
import { publish } from './messages.js';
import { openChunks } from './portions.js';
import { endStall, type ImportRun } from './state.js';

const { writeReport } = proxyActivities<Activities>(ACTIVITY_OPTIONS.writeReport);
const { writeReport: writeLastReport } = proxyActivities<Activities>({
  ...ACTIVITY_OPTIONS.writeReport,
  ...REPORT_BEFORE_THE_END,
});

/** The report of a run that has come to its end. */
export async function report(run: ImportRun, ending: Ending): Promise<ReportSummary> {
  const { state } = run;
  beginReport(run);
  const summary = await writeReport(reportRequest(run, ending));
  endStall(state, Date.now());
  moveTo(IMPORT_PHASES, state, 'done');
  publish(run, endOf(run, summary));
  return summary;
}

/** What came of it, and what can be done next. */
function endOf(
  { ref, input }: ImportRun,
  summary: ReportSummary,
  {
    fileError,
    failure,
  }: { fileError?: FileProblem | undefined; failure?: string | undefined } = {},
): RunEnd {
  const ended = { ...summary, run: ref, settings: input, fileError };
  const { state, title } = headlineOf(ended);
  const show = { what: 'Show the report', command: `user-import report ${ref.workflowId}` };
  return {
    title: `${state}. ${title}.`,
    failure,
    left: [summary],
    steps: [show, ...rowByRow(ended), ...nextSteps(ended)],
  };
}

/** Where any row came to something. */
function rowByRow({ run, rows }: Pick<Report, 'run' | 'rows'>): RunEnd['steps'] {
  if (rows.total === rows.unprocessed) return [];
  return [{ what: 'Row by row', command: `user-import results ${run.workflowId}` }];
}

/**
 * The run fails or is cancelled: the report says how far it got.
 * @returns the failure to end with, which says why, and where the report is
 */
export async function endEarly(run: ImportRun, error: unknown): Promise<unknown> {
  const fatal = fatalFailure(error);
  // Refused before the file was looked at: there is nothing to report, and perhaps no folder to write it to. Later on,
  // users may have been created, whatever the failure is.
  if (fatal && fatal.type !== 'ValidationFailed' && !run.state.findings) {
    publish(run, { title: 'Failed. Nobody was imported.', failure: fatal.message, steps: [] });
    return fatal;
  }
  const summary = await reportLast(run, error);
  if (!fatal || !summary) return fatal ?? error;
  const { folder, files } = summary;
  const rejects = files.includes('rejects.csv')
    ? `The rows with their reasons are in ${folder}/rejects.csv. `
    : '';
  return ApplicationFailure.create({
    type: fatal.type!,
    nonRetryable: true,
    details: fatal.details ?? [],
    message: `${fatal.message} ${rejects}The report is ${folder}/report.json.`,
  });
}

/** @returns undefined when the report cannot be written: the run ends also without it */
async function reportLast(run: ImportRun, error: unknown): Promise<ReportSummary | undefined> {
  const { state } = run;
  // Also where nothing was in flight.
  if (isCancellation(error)) state.cancelled = true;
  beginReport(run);
  const fileError = fileProblemOf(error);
  const fatal = fatalFailure(error);
  const failure = fatal && withoutLabel(fatal.message);
  const ending = endingOf(error);
  const request = {
    ...reportRequest(run, ending),
    fileError,
    failure: ending === 'failed' ? failure : undefined,
  };
  const summary = await tryToReport(() => writeLastReport(request));
  if (!summary) {
    addNotice(state, 'The report could not be written; the run ends without it.', Date.now());
  }
  moveTo(IMPORT_PHASES, state, 'done');
  publish(
    run,
    summary
      ? endOf(run, summary, { fileError, failure })
      : { ...endWithoutReport(run, request), failure },
  );
  return summary;
}

function endWithoutReport({ ref, state }: ImportRun, { ending }: { ending: Ending }): RunEnd {
  const undo = { what: 'Undo this import', command: `user-import undo ${ref.workflowId}` };
  return {
    title: ending === 'cancelled' ? 'Cancelled.' : 'Failed.',
    steps: [
      { what: 'Import what is missing', command: 'user-import start FILE' },
      ...(state.counts.created + state.counts.updated > 0 ? [undo] : []),
    ],
  };
}

function beginReport(run: ImportRun): void {
  moveTo(IMPORT_PHASES, run.state, 'reporting');
  publish(run);
}

function reportRequest(run: ImportRun, ending: Ending) {
  const { ref, input: settings, state } = run;
  return {
    run: ref,
    ending,
    startedAt: state.startedAt,
    settings,
    planned: state.findings !== undefined,
    sha256: state.taken?.sha256,
    unchangedSince: state.taken?.unchanged,
    undecidedChunks: openChunks(run),
    timeline: state.timeline,
    history: {
      rows: inIso(state.rowsHistory),
      mails: inIso(state.mailsHistory),
    },
  };
}

/** With times as the report has them. */
function inIso<P extends { at: number }>({
  points,
}: Series<P>): (Omit<P, 'at'> & { at: string })[] {
  return points.map((point) => ({ ...point, at: new Date(point.at).toISOString() }));
}
