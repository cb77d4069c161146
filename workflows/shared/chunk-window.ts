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

/** What a run does with its chunks. `Work` is what a slot of the window gets: one of them, or some. */
export interface ChunkWork<Step extends string, Work, Result> {
  /** The step that is possible now; undefined while there is none. */
  nextStep: (window: WindowStatus) => Step | WindowStep | undefined;
  /** Steps between the chunks, each with what it does. */
  otherSteps: Record<Step, () => Promise<void> | void>;
  /** Takes what is next: it is in flight from here on. */
  take: () => Work;
  run: (work: Work) => Promise<Result>;
  onResult: (work: Work, result: Result) => void;
  /**
   * @param isAskedBack whether it was cancelled
   * @returns the error that ends the whole run, when the failure of this work does
   */
  onFailure: (work: Work, error: unknown, isAskedBack: boolean) => Error | undefined;
  /** What in flight is to be cancelled, so that it hands back what is not done. */
  toAskBack?: () => Work[];
  /** Called when the run is cancelled, before the wait for the chunks in flight. */
  onCancelled: () => void;
  /** A cancelled run cancels what is in flight at once: it changes nothing, or hands back what is not done. */
  isSafeToStop?: boolean;
  /** Shows the state after each change. */
  publish: () => void;
}

/**
 * Goes through the chunks until they are over, or until the history has become long.
 * @throws the failure that ends the run, once the chunks in flight have ended; or the cancellation, once they have
 * ended or the wait for them is over
 */
export async function goThroughChunks<Step extends string, Work, Result>(
  run: ChunkedRun<Work>,
  work: ChunkWork<Step, Work, Result>,
): Promise<'over' | 'continue-as-new'> {
  const window = new ChunkWindow(run, work);
  let step: Step | WindowStep;
  try {
    while ((step = await window.nextStep()) !== 'over' && step !== 'continue-as-new') {
      // Of several commands that come at once, each may find the window waiting: the last one counts.
      if (window.possibleStep() !== step) continue;
      if (step === 'chunk') window.start(work.take());
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

class ChunkWindow<Step extends string, Work, Result> {
  /** The first failure that ends the run. */
  failure: Error | undefined;
  private readonly runScope = CancellationScope.current();
  private readonly chunkScope = detachedScope();
  private readonly scopes = new Map<Work, CancellationScope>();

  constructor(
    private readonly run: ChunkedRun<Work>,
    private readonly work: ChunkWork<Step, Work, Result>,
  ) {}

  /**
   * Waits until there is something to do.
   * @throws the cancellation, once there is one
   */
  async nextStep(): Promise<Step | WindowStep> {
    for (;;) {
      let step: Step | WindowStep | undefined;
      let askedBack: Work[] = [];
      await waitUntil(this.runScope, () => {
        askedBack = this.toAskBack();
        step = this.possibleStep();
        return askedBack.length > 0 || step !== undefined;
      });
      // Some may have ended in the same moment.
      for (const work of askedBack) this.scopes.get(work)?.cancel();
      if (step !== undefined) return step;
    }
  }

  /** Each is asked once. */
  private toAskBack(): Work[] {
    const isAsked = (work: Work) => this.scopes.get(work)?.consideredCancelled !== false;
    return this.work.toAskBack?.().filter((work) => !isAsked(work)) ?? [];
  }

  possibleStep(): Step | WindowStep | undefined {
    const { continueAsNewSuggested } = workflowInfo();
    return this.work.nextStep({ hasFailed: this.failure !== undefined, continueAsNewSuggested });
  }

  start(work: Work): void {
    const { run } = this;
    const scope = new CancellationScope({ cancellable: true, parent: this.chunkScope });
    run.inFlight.add(work);
    this.scopes.set(work, scope);
    void scope
      .run(() => this.work.run(work))
      .then(
        (result) => this.work.onResult(work, result),
        (error: unknown) => {
          const failure = this.work.onFailure(work, error, scope.consideredCancelled);
          this.failure ??= failure;
        },
      )
      .finally(() => {
        run.inFlight.delete(work);
        this.scopes.delete(work);
        if (run.inFlight.size === 0) clearStall(run.state);
        this.work.publish();
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
