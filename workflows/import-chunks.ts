/** The chunks of an import in a sliding window: as many in flight as wanted, each slot freed however its chunk ends. */
import {
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  sleep,
  workflowInfo,
  allHandlersFinished,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { chunkWorkflowId } from '../src/contract/ids.js';
import type { ChunkCounts } from '../src/contract/outcomes.js';
import { number } from '../src/progress/details.js';
import { fatalFailure } from './failures.js';
import type { importChunk } from './import-chunk.js';
import { beginImporting, chunkDone, notice, show, type ImportJob } from './import-job.js';
import type { importUsers } from './import-users.js';

/** How long a cancelled import waits for the chunks in flight, and then for these to stop. */
const DRAIN = '5 minutes';
const STOP = '1 minute';

/**
 * Imports every chunk that has not been started yet; continues as new when the history has become long.
 * @throws the failure that makes going on wrong, once the chunks in flight have ended; or the cancellation, once they
 * have ended or the wait for them is over
 */
export async function importChunks(job: ImportJob): Promise<void> {
  const window = new ChunkWindow(job);
  beginImporting(job.state, new Date());
  show(job);
  try {
    while (job.state.nextChunk <= job.state.findings!.chunks) {
      await condition(
        () => job.inFlight.size < job.input.concurrency || window.fatal !== undefined,
      );
      if (window.fatal || workflowInfo().continueAsNewSuggested) break;
      window.start(job.state.nextChunk++);
      show(job);
    }
    await condition(() => job.inFlight.size === 0);
  } catch (cancellation) {
    await CancellationScope.nonCancellable(() => window.drain());
    throw cancellation;
  }
  if (window.fatal) throw window.fatal;
  if (job.state.nextChunk <= job.state.findings!.chunks) {
    await condition(allHandlersFinished);
    await continueAsNew<typeof importUsers>(job.input, job.state);
  }
}

class ChunkWindow {
  /** Set when a chunk says that going on would be wrong. */
  fatal: Error | undefined;
  /** Cancelling the import does not reach its chunks: what is in flight finishes. */
  private readonly scope = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });

  constructor(private readonly job: ImportJob) {}

  start(chunk: number): void {
    const { job } = this;
    job.inFlight.add(chunk);
    void this.scope
      .run(() => runChunk(job, chunk))
      .then(
        (counts) => chunkDone(job.state, counts, new Date()),
        (error: unknown) => this.lose(chunk, error),
      )
      .finally(() => {
        job.inFlight.delete(chunk);
        show(job);
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
  private lose(chunk: number, error: unknown): void {
    this.job.state.undecidedChunks.push(chunk);
    const fatal = fatalFailure(error);
    this.fatal ??= fatal;
    if (fatal) return;
    notice(
      this.job.state,
      new Date(),
      `Chunk ${chunk} ended before it was done; what became of its rows is not known. Start the file again to import what is missing.`,
    );
  }
}

async function runChunk({ run, input, state }: ImportJob, chunk: number): Promise<ChunkCounts> {
  const first = (chunk - 1) * input.chunkSize + 1;
  const last = Math.min(chunk * input.chunkSize, state.findings!.rows);
  for (;;) {
    try {
      return await executeChild<typeof importChunk>('importChunk', {
        workflowId: chunkWorkflowId(run, chunk),
        args: [{ run, chunk, mode: input.mode }],
        staticSummary: `Rows ${number(first)} to ${number(last)} of ${number(state.findings!.rows)}`,
      });
    } catch (error) {
      // After a reset of the import, a chunk of before may still be at work.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('10 seconds', { summary: `chunk ${chunk} is still running from before` });
    }
  }
}
