/** What comes again and again is told ever more rarely: each telling costs the import's history some events. */
export class NotificationThrottle {
  private readonly notified = new Map<string, { at: number; seen: number; quiet: number }>();

  /**
   * Whether something that happens now is to be told. The quiet time after a telling doubles from `first` to `longest`,
   * and begins anew once it has not happened for a while.
   * @param now milliseconds, like the other times
   */
  shouldNotify(what: string, { first, longest }: ThrottleInterval, now: number): boolean {
    const last = this.notified.get(what);
    if (!last || now - last.seen > FORGOTTEN_MS) {
      if (this.notified.size >= MOST_REMEMBERED) this.notified.clear();
      this.notified.set(what, { at: now, seen: now, quiet: first });
      return true;
    }
    last.seen = now;
    if (now - last.at < last.quiet) return false;
    last.at = now;
    last.quiet = Math.min(last.quiet * 2, longest);
    return true;
  }
}

export interface ThrottleInterval {
  first: number;
  longest: number;
}

const FORGOTTEN_MS = 2 * 60_000;
const MOST_REMEMBERED = 1000;
