/** The chunks of an import, each a child workflow, so that its history stays out of the import's. */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import { chunksOfRows, rowsOfChunk } from '../../src/contract/import/chunking.js';
import type { Findings } from '../../src/contract/findings.js';
import type { ImportInput } from '../../src/contract/import/input.js';
import { chunkWorkflowId, WORKFLOW_TYPES } from '../../src/contract/ids.js';
import type { ChunkResult } from '../../src/contract/import/outcomes.js';
import { formatNumber } from '../../src/format.js';
import type { importChunk } from '../import-chunk.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { goThroughChunks } from '../shared/chunk-window.js';
import { continueRun } from '../shared/continue-as-new.js';
import { fatalFailure } from '../shared/failures.js';
import { startChildOf } from './children.js';
import { publish } from './messages.js';
import {
  awaitApproval,
  beginChunks,
  endStall,
  nextStep,
  recordCancellation,
  recordChunk,
  recordLostChunk,
  recordSignIns,
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
  const end = await goThroughChunks<ImportStep, ChunkResult>(run, {
    nextStep: (window) => nextStep(run, window),
    otherSteps: {
      begin: () => begin(run),
      signIns: () => signIn(run),
      plan: () => awaitApproval(run, 'plan', Date.now()),
      canary: () => awaitApproval(run, 'canary', Date.now()),
      mode: () => awaitApproval(run, 'mode', Date.now()),
    },
    runChunk: (chunk) => importOne(run, chunk),
    onResult: (result) => recordChunk(run, result, Date.now()),
    onFailure: (chunk, error) => recordFailure(run, chunk, error),
    onCancelled: () =>
      recordCancellation(
        state,
        'Cancelled: the chunks in flight finish, then the report is written.',
        Date.now(),
      ),
    publish: () => publish(run),
  });
  if (end === 'continue-as-new') await continueRun(run);
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

function importOne(run: ImportRun, chunk: number): Promise<ChunkResult> {
  const { ref, input, state } = run;
  // Another mode holds from the next chunk on, and may have to be approved first.
  const { mode } = state;
  return startChildOf(run, chunkWorkflowId(ref, chunk), (workflowId) =>
    executeChild<typeof importChunk>(WORKFLOW_TYPES.importChunk, {
      workflowId,
      args: [{ run: ref, chunk, mode }],
      staticSummary: summaryOf(chunk, input, state.findings!),
    }),
  );
}

/** Its rows, where no chunk was cut short for its bytes. */
function summaryOf(chunk: number, input: ImportInput, { rows, chunks }: Findings): string {
  if (chunks !== chunksOfRows(input, rows)) {
    return `Chunk ${formatNumber(chunk)} of ${formatNumber(chunks)}`;
  }
  const { first, last } = rowsOfChunk(chunk, input, rows);
  return `Rows ${formatNumber(first)} to ${formatNumber(last)} of ${formatNumber(rows)}`;
}

/** The chunk ended without counts: it was terminated by hand, or it failed in a way that ends the whole run. */
function recordFailure({ state }: ImportRun, chunk: number, error: unknown): Error | undefined {
  state.undecidedChunks.push(chunk);
  const fatal = fatalFailure(error);
  if (!fatal) recordLostChunk(state, chunk, Date.now());
  return fatal;
}
