/**
 * The import of one file: preflight, validation of all of it, its chunks, the report.
 *
 * Its history is the only record of its progress. Rows are never in it: chunks go by number, and what became of their
 * rows comes back as counters.
 */
import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  defineQuery,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, ReportSummary } from '../../activities/index.js';
import { describeCodes, type Findings } from '../../src/contract/findings.js';
import { WORKFLOW_ID_PATTERN } from '../../src/contract/ids.js';
import { parseImportInput, type ImportInput } from '../../src/contract/import/input.js';
import { PROGRESS_QUERY, type Progress } from '../../src/contract/import/progress.js';
import type { Series } from '../../src/progress/series.js';
import { NO_TIMELINE } from '../../src/progress/timeline.js';
import type { Ending } from '../../src/contract/report.js';
import { endingOf, failRun, fatalFailure, fileProblemOf } from '../shared/failures.js';
import { importChunks } from './chunks.js';
import {
  newState,
  addNotice,
  recordEvent,
  publishDetails,
  toProgress,
  endStall,
  type ImportJob,
  type ImportState,
} from './state.js';
import { sendInvitationsOfRun } from './invitations.js';
import { retryPreflight } from '../shared/preflight.js';
import { handleCommands } from './commands.js';

const progressQuery = defineQuery<Progress>(PROGRESS_QUERY);

const { preflight } = proxyActivities<Activities>({
  summary: 'Is everything there?',
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '30 seconds',
  // The workflow itself waits between further tries, so that it can say what it waits for.
  retry: { maximumAttempts: 3, initialInterval: '1 second' },
});

/** One pass over the file: hours only for hundreds of millions of rows. */
const WHOLE_FILE = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const;

const { validateFile } = proxyActivities<Activities>({
  ...WHOLE_FILE,
  summary: 'Validate the whole file',
});
const REPORT = { ...WHOLE_FILE, summary: 'Write the report' };
const { writeReport } = proxyActivities<Activities>(REPORT);
const { writeReport: tryToWriteReport } = proxyActivities<Activities>({
  ...REPORT,
  scheduleToCloseTimeout: '15 minutes',
});

/**
 * @param request the import's input, see ImportRequest
 * @param carried what an earlier execution of this same run hands over by continue-as-new
 */
export async function importUsers(request: unknown, carried?: ImportState): Promise<ReportSummary> {
  const job = begin(request, carried);
  setHandler(progressQuery, () => toProgress(job), {
    description: 'Rows, chunks, rate and notices of this import, in numbers',
  });
  handleCommands(job);
  publishDetails(job);
  try {
    if (!job.state.findings) {
      await prepare(job);
      await validate(job);
    }
    if (job.input.dryRun !== 'file') await importChunks(job);
    await sendInvitationsOfRun(job);
    return await report(job, job.input.dryRun === false ? 'done' : 'dry-run');
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    throw await endEarly(job, error);
  }
}

function begin(request: unknown, carried: ImportState | undefined): ImportJob {
  const { workflowId, firstExecutionRunId, continuedFromExecutionRunId, startTime } =
    workflowInfo();
  if (!WORKFLOW_ID_PATTERN.test(workflowId)) {
    throw failRun(
      'InvalidInput',
      'The workflow id names a folder: allowed are 1 to 200 of the characters A-Z a-z 0-9 . _ - and not dots alone. Start the import under another id.',
    );
  }
  if (carried !== undefined && continuedFromExecutionRunId === undefined) {
    throw failRun('InvalidInput', 'importUsers takes one JSON object; start it with that alone.');
  }
  const parsed = parseImportInput(request);
  if (!parsed.ok) throw failRun('InvalidInput', parsed.message);
  return {
    run: { workflowId, runId: firstExecutionRunId },
    input: parsed.input,
    state: carried ?? newState(parsed.input, startTime),
    inFlight: new Set(),
    scope: CancellationScope.current(),
  };
}

/** Proves that all is there. */
async function prepare(job: ImportJob): Promise<void> {
  const { run, input, state } = job;
  await retryPreflight(
    () => preflight({ run, input }),
    (text, isFirst) => {
      if (isFirst) recordEvent(state, 'import', text);
      else addNotice(state, text);
      publishDetails(job);
    },
  );
}

/** Validates all of the file before anything is created. */
async function validate(job: ImportJob): Promise<void> {
  const { run, input, state } = job;
  state.phase = 'validating';
  publishDetails(job);
  state.findings = await validateFile({ run, input });
  endStall(state);
  publishDetails(job);
  if (input.onInvalid === 'stop' && state.findings.invalid > 0) {
    throw failRun('ValidationFailed', describeInvalid(state.findings, input));
  }
}

function describeInvalid({ rows, invalid, codes }: Findings, input: ImportInput): string {
  return `${invalid} of ${rows} rows of "${input.file}" are not valid, so nobody was imported. ${describeCodes(codes).join('; ')}. Correct them, or start with "onInvalid":"import-valid" to import the others.`;
}

async function report(job: ImportJob, ending: Ending): Promise<ReportSummary> {
  job.state.phase = 'reporting';
  publishDetails(job);
  const summary = await writeReport(reportRequest(job, ending));
  endStall(job.state);
  job.state.phase = 'done';
  publishDetails(job);
  return summary;
}

function reportRequest({ run, input: settings, state, inFlight }: ImportJob, ending: Ending) {
  return {
    run,
    ending,
    startedAt: state.startedAt,
    settings,
    planned: state.findings !== undefined,
    undecidedChunks: [...state.undecidedChunks, ...inFlight],
    timeline: state.timeline ?? NO_TIMELINE,
    history: {
      rows: inIso(state.rowsHistory),
      mails: inIso(state.mailsHistory),
    },
  };
}

/** With times as the report has them. */
function inIso<P extends { at: number }>(course?: Series<P>): (Omit<P, 'at'> & { at: string })[] {
  return (course?.points ?? []).map((point) => ({
    ...point,
    at: new Date(point.at).toISOString(),
  }));
}

/** The run ends before its end: the report says how far it got, and the failure says why and where the report is. */
async function endEarly(job: ImportJob, error: unknown): Promise<unknown> {
  const fatal = fatalFailure(error);
  // Refused before the file was looked at: there is nothing to report, and perhaps no folder to write it to.
  if (fatal && fatal.type !== 'ValidationFailed') return fatal;
  const summary = await reportLast(job, error);
  if (!fatal || !summary) return fatal ?? error;
  const { folder, files } = summary;
  const rejects = files.includes('rejects.csv')
    ? `The rows with their reasons are in ${folder}/rejects.csv. `
    : '';
  return ApplicationFailure.create({
    type: fatal.type!,
    nonRetryable: true,
    message: `${fatal.message} ${rejects}The report is ${folder}/report.json.`,
  });
}

/** @returns undefined when it cannot be written: an import that is to end does end */
async function reportLast(job: ImportJob, error: unknown): Promise<ReportSummary | undefined> {
  job.state.phase = 'reporting';
  publishDetails(job);
  const fileError = fileProblemOf(error);
  try {
    return await CancellationScope.nonCancellable(() =>
      tryToWriteReport({
        ...reportRequest(job, endingOf(error)),
        ...(fileError && { fileError }),
      }),
    );
  } catch {
    addNotice(job.state, 'The report could not be written; the run ends without it.');
    return undefined;
  } finally {
    job.state.phase = 'done';
    publishDetails(job);
  }
}
