/**
 * Throttle with exponential backoff: a notification that repeats passes ever more rarely, since each one costs the
 * history of a workflow some events.
 */
export class NotificationThrottle {
  private readonly notified = new Map<string, { at: number; seen: number; interval: number }>();

  /**
   * Whether a notification passes now. The interval after each that passes doubles from `first` to `longest`, and
   * starts over once the notification has not come for a while.
   * @param what names the notification
   * @param now milliseconds, like the other times
   */
  shouldNotify(what: string, { first, longest }: ThrottleInterval, now: number): boolean {
    const last = this.notified.get(what);
    if (!last || now - last.seen > FORGOTTEN_MS) {
      if (this.notified.size >= MOST_REMEMBERED) this.notified.clear();
      this.notified.set(what, { at: now, seen: now, interval: first });
      return true;
    }
    last.seen = now;
    if (now - last.at < last.interval) return false;
    last.at = now;
    last.interval = Math.min(last.interval * 2, longest);
    return true;
  }
}

export interface ThrottleInterval {
  first: number;
  longest: number;
}

const FORGOTTEN_MS = 2 * 60_000;
const MOST_REMEMBERED = 1000;
