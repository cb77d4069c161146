/**
 * Sliding window: the chunks of a run, as many in flight as are allowed, each slot freed however its chunk ends. Import
 * and undo share it.
 */
import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import { detachedScope, waitUntil } from './cancellation.js';
import { endsRun } from './failures.js';
import { clearStall } from './pausing.js';
import type { ChunkedRun, WindowStatus, WindowStep } from './window-step.js';

/** How long a cancelled run waits for what is in flight, and then for it to stop. */
export const DRAIN = '5 minutes';
const STOP = '1 minute';

/** What a run does with its chunks. */
export interface ChunkWork<Step extends string, Result> {
  /** The step that is possible now; undefined while there is none. */
  nextStep: (window: WindowStatus) => Step | WindowStep | undefined;
  /** Steps between the chunks, each with what it does. */
  otherSteps: Record<Step, () => Promise<void> | void>;
  runChunk: (chunk: number) => Promise<Result>;
  onResult: (result: Result) => void;
  /** @returns the error that ends the whole run, when the failure of this chunk does */
  onFailure: (chunk: number, error: unknown) => Error | undefined;
  /** Called when the run is cancelled, before the wait for the chunks in flight. */
  onCancelled: () => void;
  /** A cancelled run stops the chunks in flight at once, since they change nothing. */
  isSafeToStop?: boolean;
  /** Shows the state after each change. */
  publish: () => void;
}

/**
 * Goes through the chunks until they are over, or until the history has become long.
 * @throws the failure that ends the run, once the chunks in flight have ended; or the cancellation, once they have
 * ended or the wait for them is over
 */
export async function goThroughChunks<Step extends string, Result>(
  run: ChunkedRun,
  work: ChunkWork<Step, Result>,
): Promise<'over' | 'continue-as-new'> {
  const window = new ChunkWindow(run, work);
  let step: Step | WindowStep;
  try {
    while ((step = await window.nextStep()) !== 'over' && step !== 'continue-as-new') {
      if (step === 'chunk') window.start(run.state.nextChunk++);
      else await work.otherSteps[step]();
      work.publish();
    }
  } catch (error) {
    if (!endsRun(error)) throw error;
    if (isCancellation(error)) work.onCancelled();
    work.publish();
    await CancellationScope.nonCancellable(() => window.drain());
    throw error;
  }
  if (window.failure) throw window.failure;
  return step as 'over' | 'continue-as-new';
}

class ChunkWindow<Step extends string, Result> {
  /** The first failure that ends the run. */
  failure: Error | undefined;
  private readonly runScope = CancellationScope.current();
  private readonly chunkScope = detachedScope();

  constructor(
    private readonly run: ChunkedRun,
    private readonly work: ChunkWork<Step, Result>,
  ) {}

  /**
   * Waits until there is something to do.
   * @throws the cancellation, once there is one
   */
  async nextStep(): Promise<Step | WindowStep> {
    let step: Step | WindowStep | undefined;
    await waitUntil(this.runScope, () => (step = this.possibleStep()) !== undefined);
    return step!;
  }

  private possibleStep(): Step | WindowStep | undefined {
    const { continueAsNewSuggested } = workflowInfo();
    return this.work.nextStep({ hasFailed: this.failure !== undefined, continueAsNewSuggested });
  }

  start(chunk: number): void {
    const { run, work } = this;
    run.inFlight.add(chunk);
    void this.chunkScope
      .run(() => work.runChunk(chunk))
      .then(work.onResult, (error: unknown) => {
        const failure = work.onFailure(chunk, error);
        this.failure ??= failure;
      })
      .finally(() => {
        run.inFlight.delete(chunk);
        if (run.inFlight.size === 0) clearStall(run.state);
        work.publish();
      });
  }

  /** Waits for the chunks in flight; cancels those that take too long. */
  async drain(): Promise<void> {
    const isIdle = () => this.run.inFlight.size === 0;
    if (isIdle()) return;
    if (this.work.isSafeToStop) this.chunkScope.cancel();
    if (await condition(isIdle, DRAIN)) return;
    this.chunkScope.cancel();
    await condition(isIdle, STOP);
  }
}
