/**
 * The import of one file: preflight, validation of all of it, its chunks, of a source those who are not in it any more,
 * its invitations, the report.
 *
 * Its history is the only record of its progress. Rows are never in it: chunks go by number, and their results come
 * back as counts.
 */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, ReportSummary } from '../../activities/index.js';
import { describeCodes, type Findings } from '../../src/contract/findings.js';
import { WORKFLOW_ID_PATTERN } from '../../src/contract/ids.js';
import type { Channels } from '../../src/contract/notification.js';
import { parseImportInput, type ImportInput } from '../../src/contract/import/input.js';
import { IMPORT_PHASES, moveTo } from '../../src/contract/status.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { takeCarried } from '../shared/continue-as-new.js';
import { endingOf, endsRun, failRun } from '../shared/failures.js';
import { addNotice } from '../shared/notices.js';
import { learnChannels } from '../shared/notifications.js';
import { retryPreflight } from '../shared/preflight.js';
import { startRun } from '../shared/start-run.js';
import { importStateSchema } from './carried.js';
import { importChunks } from './chunks.js';
import { inviteUsers } from './invitations.js';
import { handleMessages, publish, publishEnding } from './messages.js';
import { endEarly, report } from './report.js';
import { needsSomebodyAtItsEnd } from './standing.js';
import { endStall, newState, recordEvent, type ImportRun } from './state.js';

const { preflight } = proxyActivities<Activities>(ACTIVITY_OPTIONS.preflight);
const { takeFile } = proxyActivities<Activities>(ACTIVITY_OPTIONS.takeFile);
const { validateFile } = proxyActivities<Activities>(ACTIVITY_OPTIONS.validateFile);

/**
 * @param request the import's input, see ImportRequest
 * @param carried the state of an earlier execution of this same run, handed over by continue-as-new
 */
export async function importUsers(request: unknown, carried?: unknown): Promise<ReportSummary> {
  const run = begin(request, carried);
  handleMessages(run);
  publish(run);
  try {
    if (!run.state.findings) {
      if (await isUnchanged(run)) return await end(run, await report(run, 'unchanged'));
      await checkEverythingIsThere(run);
      await validate(run);
    }
    if (run.input.dryRun !== 'file') await importChunks(run);
    await inviteUsers(run);
    return await end(run, await report(run, run.input.dryRun === false ? 'done' : 'dry-run'));
  } catch (error) {
    if (!endsRun(error)) throw error;
    const failure = await endEarly(run, error);
    await publishEnding(run, endingOf(error));
    throw failure;
  }
}

async function end(run: ImportRun, summary: ReportSummary): Promise<ReportSummary> {
  await publishEnding(run, summary.ending, needsSomebodyAtItsEnd(run, summary));
  return summary;
}

function begin(request: unknown, carried: unknown): ImportRun {
  const { workflowId, startTime } = workflowInfo();
  if (!WORKFLOW_ID_PATTERN.test(workflowId)) {
    throw failRun(
      'InvalidInput',
      'The workflow id names a folder: allowed are 1 to 200 of the characters A-Z a-z 0-9 . _ : - and not dots alone. Start the import under another id.',
    );
  }
  const { ref, input } = startRun(request, parseImportInput);
  const state = takeCarried(carried, importStateSchema);
  return { ref, input, state: state ?? newState(input, startTime), inFlight: new Set() };
}

/** Whether the file of a source is that of its last run. From here on the run's file is the one that is there now. */
async function isUnchanged(run: ImportRun): Promise<boolean> {
  const { ref, input, state } = run;
  if (input.missing.scope === undefined && !input.newest) return false;
  if (!state.taken) {
    const { channels: _, ...taken } = await whenThere(run, () => takeFile({ run: ref, input }));
    state.taken = taken;
    run.input = { ...input, file: taken.file, newest: false };
    publish(run);
  }
  return state.taken.unchanged !== undefined;
}

async function checkEverythingIsThere(run: ImportRun): Promise<void> {
  const { ref, input, state } = run;
  const { searchAttributes } = await whenThere(run, () => preflight({ run: ref, input }));
  state.searchAttributes = searchAttributes;
}

/** Waits for what the run needs before it begins, and says what that is. */
function whenThere<Answer extends { channels?: Channels | undefined }>(
  run: ImportRun,
  look: () => Promise<Answer>,
): Promise<Answer> {
  const { state } = run;
  return retryPreflight(
    run,
    () => learnChannels(run, look),
    (text, isFirst) => {
      if (isFirst) recordEvent(state, 'import', text, Date.now());
      else addNotice(state, text, Date.now());
      publish(run);
    },
  );
}

/** Validates all of the file before any user is created. */
async function validate(run: ImportRun): Promise<void> {
  const { ref, input, state } = run;
  moveTo(IMPORT_PHASES, state, 'validating');
  publish(run);
  state.findings = await validateFile({ run: ref, input });
  endStall(state, Date.now());
  publish(run);
  if (input.onInvalid === 'stop' && state.findings.invalid > 0) {
    const { codes } = state.findings;
    throw failRun('ValidationFailed', describeInvalid(state.findings, input), { codes });
  }
}

function describeInvalid({ rows, invalid, codes }: Findings, input: ImportInput): string {
  const hashes = codes.hash_as_password
    ? ' Hashes go into the column password_hash ("columns":{"…":"password_hash"}); "allow":["hash-as-password"] takes them for passwords.'
    : '';
  return `${invalid} of ${rows} rows of "${input.file}" are not valid, so nobody was imported. ${describeCodes(codes).join('; ')}.${hashes} Correct them, or start with "onInvalid":"import-valid" to import the others.`;
}
