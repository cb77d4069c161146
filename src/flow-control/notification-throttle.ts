/** What comes again and again is told ever more rarely: each telling costs the import's history some events. */
export class QuietTimes {
  private readonly told = new Map<string, { at: number; seen: number; quiet: number }>();

  /**
   * Whether something that happens now is to be told. The quiet time after a telling doubles from `first` to `longest`,
   * and begins anew once it has not happened for a while.
   * @param now milliseconds, like the other times
   */
  isToTell(what: string, { first, longest }: QuietTime, now: number): boolean {
    const last = this.told.get(what);
    if (!last || now - last.seen > FORGOTTEN_MS) {
      if (this.told.size >= MOST_REMEMBERED) this.told.clear();
      this.told.set(what, { at: now, seen: now, quiet: first });
      return true;
    }
    last.seen = now;
    if (now - last.at < last.quiet) return false;
    last.at = now;
    last.quiet = Math.min(last.quiet * 2, longest);
    return true;
  }
}

export interface QuietTime {
  first: number;
  longest: number;
}

const FORGOTTEN_MS = 2 * 60_000;
const MOST_REMEMBERED = 1000;
