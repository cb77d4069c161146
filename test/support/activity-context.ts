import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { MetricsInMemory } from './metrics-in-memory.js';

/** One signal as it was sent. */
export interface SentSignal {
  workflowId: string;
  name: string;
  argument: unknown;
}

/** The parts of Temporal that an activity uses. */
export class ActivityContext {
  readonly heartbeats: unknown[] = [];
  readonly signals: SentSignal[] = [];
  /** Of its log. */
  readonly warnings: string[] = [];
  readonly metrics = new MetricsInMemory();
  /** Set when signals cannot be sent. */
  isAway = false;
  private readonly control = new AbortController();
  private onCancel: (failure: CancelledFailure) => void = () => undefined;
  private readonly context: Context;

  /**
   * @param attempt the number of this attempt at the activity, counted from 1
   * @param caller the workflow that asks
   */
  constructor(attempt = 1, caller: Pick<Info, 'workflowType' | 'workflowExecution'> = {}) {
    const cancelled = new Promise<never>((_, reject) => (this.onCancel = reject));
    cancelled.catch(() => undefined);
    const getHandle = (workflowId: string) => ({
      signal: (name: string, argument: unknown) => {
        if (this.isAway) return Promise.reject(new Error('no connection'));
        this.signals.push({ workflowId, name, argument });
        return Promise.resolve();
      },
    });
    this.context = new Context(
      ...([
        { attempt, ...caller } as Info,
        cancelled,
        this.control.signal,
        (details: unknown) => this.heartbeats.push(details),
        { workflow: { getHandle } },
        { warn: (text: string) => this.warnings.push(text) },
        this.metrics,
      ] as unknown as ConstructorParameters<typeof Context>),
    );
  }

  run<T>(work: (context: Context) => Promise<T>): Promise<T> {
    return asyncLocalStorage.run(this.context, () => work(this.context));
  }

  /** @param reason as Temporal names it: CANCELLED is the workflow's own */
  cancel(reason = 'CANCELLED'): void {
    const failure = new CancelledFailure(reason);
    this.control.abort(failure);
    this.onCancel(failure);
  }
}
