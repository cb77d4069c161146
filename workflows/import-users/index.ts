/**
 * The import of one file: preflight, validation of all of it, its chunks, its invitations, the report.
 *
 * Its history is the only record of its progress. Rows are never in it: chunks go by number, and their results come
 * back as counts.
 */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, ReportSummary } from '../../activities/index.js';
import { describeCodes, type Findings } from '../../src/contract/findings.js';
import { WORKFLOW_ID_PATTERN } from '../../src/contract/ids.js';
import { parseImportInput, type ImportInput } from '../../src/contract/import/input.js';
import { IMPORT_PHASES, moveTo } from '../../src/contract/status.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { takeCarried } from '../shared/continue-as-new.js';
import { endsRun, failRun } from '../shared/failures.js';
import { addNotice } from '../shared/notices.js';
import { retryPreflight } from '../shared/preflight.js';
import { startRun } from '../shared/start-run.js';
import { importStateSchema } from './carried.js';
import { importChunks } from './chunks.js';
import { inviteUsers } from './invitations.js';
import { handleMessages, publish } from './messages.js';
import { endEarly, report } from './report.js';
import { endStall, newState, recordEvent, type ImportRun } from './state.js';

const { preflight } = proxyActivities<Activities>(ACTIVITY_OPTIONS.preflight);
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
      await checkEverythingIsThere(run);
      await validate(run);
    }
    if (run.input.dryRun !== 'file') await importChunks(run);
    await inviteUsers(run);
    return await report(run);
  } catch (error) {
    if (!endsRun(error)) throw error;
    throw await endEarly(run, error);
  }
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

async function checkEverythingIsThere(run: ImportRun): Promise<void> {
  const { ref, input, state } = run;
  const { searchAttributes } = await retryPreflight(
    run,
    () => preflight({ run: ref, input }),
    (text, isFirst) => {
      if (isFirst) recordEvent(state, 'import', text, Date.now());
      else addNotice(state, text, Date.now());
      publish(run);
    },
  );
  state.searchAttributes = searchAttributes;
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
