/** The chunks of an import, in portions: each a child workflow, so that its history stays out of the import's. */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import { chunksOfRows, rowsOfChunk } from '../../src/contract/import/chunking.js';
import type { Findings } from '../../src/contract/findings.js';
import type { ImportInput } from '../../src/contract/import/input.js';
import { chunkWorkflowId, WORKFLOW_TYPES } from '../../src/contract/ids.js';
import type { Portion } from '../../src/contract/import/open-chunks.js';
import type { PortionResult } from '../../src/contract/import/portion.js';
import { formatNumber } from '../../src/format.js';
import type { importChunk } from '../import-chunk.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { goThroughChunks } from '../shared/chunk-window.js';
import { continueRun } from '../shared/continue-as-new.js';
import { fatalFailure } from '../shared/failures.js';
import { startChildOf } from './children.js';
import { publish } from './messages.js';
import {
  numbersOf,
  portionsToAskBack,
  takeBack,
  takePortion,
  type PortionInFlight,
} from './portions.js';
import {
  allowedChunks,
  awaitApproval,
  beginChunks,
  beginLeaving,
  endStall,
  nextStep,
  recordCancellation,
  recordLostPortion,
  recordPortion,
  recordSignIns,
  recordStaying,
  type ImportRun,
  type ImportStep,
} from './state.js';

const { trySignIns } = proxyActivities<Activities>(ACTIVITY_OPTIONS.trySignIns);
const { recordStart } = proxyActivities<Activities>(ACTIVITY_OPTIONS.recordStart);

/**
 * Imports every chunk that has not been started yet, with a wait for each approval that the operator wants; continues
 * as new when the history has become long.
 * @throws the failure that ends the run, or the cancellation
 */
export async function importChunks(run: ImportRun): Promise<void> {
  const { state } = run;
  beginChunks(state, Date.now());
  publish(run);
  const end = await goThroughChunks<ImportStep, PortionInFlight, PortionResult>(run, {
    nextStep: (window) => nextStep(run, window),
    otherSteps: {
      begin: () => begin(run),
      signIns: () => signIn(run),
      plan: () => awaitApproval(run, 'plan', Date.now()),
      adoption: () => awaitApproval(run, 'adoption', Date.now()),
      leavers: () => awaitApproval(run, 'leavers', Date.now()),
      canary: () => awaitApproval(run, 'canary', Date.now()),
      mode: () => awaitApproval(run, 'mode', Date.now()),
      leave: () => beginLeaving(run, Date.now()),
    },
    take: () => takePortion(run, allowedChunks(state)),
    run: (portion) => importPortion(run, portion),
    onResult: (portion, result) => recordPortion(run, portion, result, Date.now()),
    onFailure: (portion, error, isAskedBack) => recordFailure(run, portion, error, isAskedBack),
    toAskBack: () => portionsToAskBack(run, allowedChunks(state)),
    onCancelled: () =>
      recordCancellation(
        state,
        'Cancelled: what is in flight finishes, then the report is written.',
        Date.now(),
      ),
    isSafeToStop: true,
    publish: () => publish(run),
  });
  if (end === 'continue-as-new') await continueRun(run);
  recordStaying(run, Date.now());
}

/** No user is created or changed before the audit trail says on whose behalf. */
async function begin({ ref, state, input }: ImportRun): Promise<void> {
  if (input.dryRun === false) await recordStart({ run: ref });
  state.started = true;
  endStall(state, Date.now());
}

/** Whoever approves the canary rows sees whether known users can sign in. */
async function signIn({ ref, input, state }: ImportRun): Promise<void> {
  recordSignIns(state, await trySignIns({ run: ref, file: input.canarySignIns! }));
  endStall(state, Date.now());
}

function importPortion(run: ImportRun, portion: PortionInFlight): Promise<PortionResult> {
  const { ref, input, state } = run;
  const { haltAboveFailureRate } = input;
  const { chunk, chunks, mode } = portion;
  const failuresBefore = state.sinceResume;
  return startChildOf(run, chunkWorkflowId(ref, chunk), (workflowId) =>
    executeChild<typeof importChunk>(WORKFLOW_TYPES.importChunk, {
      workflowId,
      args: [{ run: ref, chunk, chunks, mode, haltAboveFailureRate, failuresBefore }],
      staticSummary: summaryOf(portion, input, state.findings!),
    }),
  );
}

/** Its rows, where no chunk was cut short for its bytes; or who is not in the file. */
function summaryOf(
  { chunk, chunks }: Portion,
  input: ImportInput,
  { rows, chunks: all, source }: Findings,
): string {
  const last = chunk + chunks - 1;
  if (chunk > all) {
    const leavers = source?.leavers ?? 0;
    const from = (chunk - all - 1) * input.chunkSize + 1;
    const to = Math.min((last - all) * input.chunkSize, leavers);
    return `Leavers ${formatNumber(from)} to ${formatNumber(to)} of ${formatNumber(leavers)}`;
  }
  if (all !== chunksOfRows(input, rows)) {
    const which = chunks === 1 ? `Chunk` : `Chunks ${formatNumber(chunk)} to`;
    return `${which} ${formatNumber(last)} of ${formatNumber(all)}`;
  }
  const from = rowsOfChunk(chunk, input, rows).first;
  const to = rowsOfChunk(last, input, rows).last;
  return `Rows ${formatNumber(from)} to ${formatNumber(to)} of ${formatNumber(rows)}`;
}

/**
 * The portion ended without counts: it was asked back before it had begun, or while it waited for another try; it was
 * terminated by hand; or it failed in a way that ends the whole run.
 */
function recordFailure(
  { state }: ImportRun,
  portion: Portion,
  error: unknown,
  isAskedBack: boolean,
): Error | undefined {
  const fatal = fatalFailure(error);
  if (!fatal && isAskedBack) {
    takeBack(state, portion, 0);
  } else if (fatal) state.undecidedChunks.push(...numbersOf(portion));
  else recordLostPortion(state, portion, Date.now());
  return fatal;
}
