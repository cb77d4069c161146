/** Holds requests back for as long as a server has asked for (`Retry-After`). */
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that asks for more, by a date of next year for example, is asked again after this long. */
const LONGEST_HOLD_MS = 5 * 60_000;
/** Spreads the requests that wait for one moment over the second after it. */
const SPREAD_MS = 1000;

/** Shared by all attempts of a worker: what one of them is asked to do, all of them do. */
export class RetryAfterGate {
  private until = 0;

  /** Lets no request through for this long; a shorter hold does not cut a longer one. */
  hold(ms: number): void {
    this.until = Math.max(this.until, Date.now() + Math.min(ms, LONGEST_HOLD_MS));
  }

  /** @throws when the signal is aborted, its reason if it was aborted before */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // The server may have asked for more meanwhile.
    while (Date.now() < this.until) {
      const ms = this.until - Date.now() + Math.random() * SPREAD_MS;
      await sleep(ms, undefined, { signal });
    }
  }
}
