/** The chunks of an import in a sliding window: as many in flight as wanted, each slot freed however its chunk ends. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../../activities/index.js';
import { chunkWorkflowId } from '../../src/contract/ids.js';
import type { ImportInput } from '../../src/contract/import/input.js';
import type { ChunkResult } from '../../src/contract/import/outcomes.js';
import { currentLimit } from '../../src/flow-control/aimd.js';
import { rowsOfChunk } from '../../src/contract/import/chunking.js';
import { formatNumber } from '../../src/format.js';
import { fatalFailure } from '../shared/failures.js';
import type { importChunk } from '../import-chunk.js';
import {
  recordChunk,
  clearStall,
  recordEvent,
  publishDetails,
  startRate,
  endStall,
  type ApprovalPoint,
  type ImportJob,
  type ImportState,
} from './state.js';

const { recordStart } = proxyActivities<Activities>({
  summary: 'Record the start',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** How long a cancelled import waits for the chunks in flight, and then for these to stop. */
export const DRAIN = '5 minutes';
export const STOP = '1 minute';

/**
 * Imports every chunk that has not been started yet, past the gates that the admin wants; continues as new when the
 * history has become long.
 * @throws the failure that makes going on wrong, once the chunks in flight have ended; or the cancellation, once they
 * have ended or the wait for them is over
 */
export async function importChunks(job: ImportJob): Promise<void> {
  const window = new ChunkWindow(job);
  if (!job.state.pendingApproval) job.state.phase = 'importing';
  startRate(job.state);
  publishDetails(job);
  let step: Step;
  try {
    while ((step = await window.nextStep()) !== 'over' && step !== 'renew') {
      if (step === 'begin') await begin(job);
      else if (step === 'chunk') window.start(job.state.nextChunk++);
      else window.awaitApproval(step);
      publishDetails(job);
    }
  } catch (cancellation) {
    recordEvent(
      job.state,
      'operator',
      'Cancelled: the chunks in flight finish, then the report is written.',
    );
    publishDetails(job);
    await CancellationScope.nonCancellable(() => window.drain());
    throw cancellation;
  }
  if (window.fatal) throw window.fatal;
  if (step === 'renew') await continueRun(job);
}

/** Nobody is created or changed before the audit trail says by whom. */
async function begin({ run, state, input }: ImportJob): Promise<void> {
  if (input.dryRun === false) await recordStart({ run });
  state.started = true;
  endStall(state);
}

/** Goes on with a history that is empty. Only while nothing is in flight. */
export async function continueRun({ input, state }: ImportJob): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<(request: ImportInput, carried: ImportState) => Promise<unknown>>(
    input,
    state,
  );
}

/** What can be done next: begin, start a chunk, open a gate, continue as new, or nothing more. */
type Step = 'begin' | 'chunk' | ApprovalPoint | 'renew' | 'over';

class ChunkWindow {
  /** Set when a chunk says that going on would be wrong. */
  fatal: Error | undefined;
  /** Cancelling the import does not reach its chunks: what is in flight finishes. */
  private readonly scope = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });

  constructor(private readonly job: ImportJob) {}

  /**
   * Waits until there is something to do.
   * @throws the cancellation, once there is one
   */
  async nextStep(): Promise<Step> {
    const { scope } = this.job;
    let step: Step | undefined;
    await condition(() => (step = this.possibleStep()) !== undefined);
    // A wait that ends in the very moment in which the import is cancelled ends well.
    if (scope.consideredCancelled) await scope.cancelRequested;
    return step!;
  }

  private possibleStep(): Step | undefined {
    const { state, inFlight } = this.job;
    const idle = inFlight.size === 0;
    if (this.fatal || state.nextChunk > state.findings!.chunks) return idle ? 'over' : undefined;
    if (workflowInfo().continueAsNewSuggested) return idle ? 'renew' : undefined;
    const gate = this.nextApproval();
    if (gate) return idle && state.pendingApproval !== gate ? gate : undefined;
    const free = inFlight.size < currentLimit(state.limit, state.concurrency);
    if (!free || state.pausedBy.length > 0) return undefined;
    return state.started ? 'chunk' : 'begin';
  }

  private nextApproval(): ApprovalPoint | undefined {
    const { input, state } = this.job;
    const { canaryChunks } = state.findings!;
    if (input.dryRun !== false) return undefined;
    const canaryIsDone = canaryChunks > 0 && state.nextChunk > canaryChunks;
    if (input.approval === 'required' && !state.approved.includes('plan')) return 'plan';
    return canaryIsDone && !state.approved.includes('canary') ? 'canary' : undefined;
  }

  awaitApproval(gate: ApprovalPoint): void {
    const { state, input } = this.job;
    state.pendingApproval = gate;
    state.phase = 'awaiting-approval';
    recordEvent(
      state,
      'import',
      gate === 'plan'
        ? 'The plan is ready; nobody has been created or changed yet. Approve it to go on.'
        : `The first ${formatNumber(input.canaryRows)} rows are done. Look at what came of them, then approve to go on with the others.`,
    );
  }

  start(chunk: number): void {
    const { job } = this;
    job.inFlight.add(chunk);
    void this.scope
      .run(() => runChunk(job, chunk))
      .then(
        (result) => recordChunk(job, result),
        (error: unknown) => this.recordLost(chunk, error),
      )
      .finally(() => {
        job.inFlight.delete(chunk);
        if (job.inFlight.size === 0) clearStall(job.state);
        publishDetails(job);
      });
  }

  /** Waits for the chunks in flight; cancels those that take too long. */
  async drain(): Promise<void> {
    const { inFlight } = this.job;
    if (await condition(() => inFlight.size === 0, DRAIN)) return;
    this.scope.cancel();
    await condition(() => inFlight.size === 0, STOP);
  }

  /** The chunk ended without counters: terminated by hand, or fatal for the whole run. */
  private recordLost(chunk: number, error: unknown): void {
    this.job.state.undecidedChunks.push(chunk);
    const fatal = fatalFailure(error);
    this.fatal ??= fatal;
    if (fatal) return;
    recordEvent(
      this.job.state,
      'import',
      `Chunk ${chunk} ended before it was done; what became of its rows is not known. Start the file again to import what is missing.`,
    );
  }
}

async function runChunk({ run, input, state }: ImportJob, chunk: number): Promise<ChunkResult> {
  const { first, last } = rowsOfChunk(chunk, input, state.findings!.rows);
  for (;;) {
    try {
      return await executeChild<typeof importChunk>('importChunk', {
        workflowId: chunkWorkflowId(run, chunk),
        args: [{ run, chunk, mode: state.mode }],
        staticSummary: `Rows ${formatNumber(first)} to ${formatNumber(last)} of ${formatNumber(state.findings!.rows)}`,
      });
    } catch (error) {
      // After a reset of the import, a chunk of before may still be at work.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('10 seconds', { summary: `chunk ${chunk} is still running from before` });
    }
  }
}
