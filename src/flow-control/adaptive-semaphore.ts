/** Semaphore with an adaptive limit: as many writes at once as make Kratos faster; the others wait for their turn. */
import { INITIAL_LIMIT, recordWrite, type AdaptiveLimit } from './adaptive-limit.js';
import { WaitQueue } from './wait-queue.js';

/** Shared by all attempts of a worker. */
export class AdaptiveSemaphore {
  private inFlight = 0;
  private readonly waiting = new WaitQueue();

  constructor(private limit: AdaptiveLimit = INITIAL_LIMIT) {}

  /** How many writes run at once at most, for now. */
  get atOnce(): number {
    return this.limit.limit;
  }

  /**
   * Runs a write when its turn has come.
   * @param rows how many rows it writes
   * @param signal a write whose attempt is given up while it waits leaves the queue
   * @throws the signal's reason, and what the write throws
   */
  async run<T>(rows: number, signal: AbortSignal, write: () => Promise<T>): Promise<T> {
    await this.acquire(signal);
    try {
      const result = await write();
      const isFull = this.waiting.size > 0;
      this.limit = recordWrite(this.limit, { rows, isFull }, Date.now());
      return result;
    } finally {
      this.inFlight--;
      this.releaseNext();
    }
  }

  private async acquire(signal: AbortSignal): Promise<void> {
    const turn = this.waiting.wait(signal);
    this.releaseNext();
    await turn;
  }

  private releaseNext(): void {
    while (this.inFlight < this.limit.limit && this.waiting.size > 0) {
      this.inFlight++;
      this.waiting.wakeNext();
    }
  }
}
