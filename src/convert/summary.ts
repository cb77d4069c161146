/** What a conversion kept, converted and lost: counts and reasons, without anything of a user. */

/** How many users, by what is said of them. */
export type Counts = Record<string, number>;

export interface Summary {
  from: string;
  users: { read: number; written: number; leftOut: Counts };
  passwords: {
    /** Hashes that went over as they were. */
    kept: number;
    /** Hashes that are now written as Kratos takes them. */
    converted: number;
    /** Users who had none. */
    none: number;
    /** Hashes that cannot go over, by why. */
    lost: Counts;
  };
  /** Sign-ins by an account elsewhere, by the provider's id in Kratos. */
  signIns: Counts;
  /** What else is lost, by what it is. */
  lost: Counts;
  /** What is kept in another form, by which. */
  changed: Counts;
  /** Records that are no users, by why; of the first ones, where they are. */
  unreadable: { reasons: Counts; places: string[] };
  /** The header of the CSV. */
  columns: string[];
  /** Those that an import ignores unless it is told where they go. */
  unmapped: string[];
}

/** Counts that grow. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(what: string, count = 1): void {
    if (count > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /** The most frequent first. */
  get entries(): [what: string, count: number][] {
    return [...this.counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  toCounts(): Counts {
    return Object.fromEntries(this.entries);
  }

  get total(): number {
    return this.entries.reduce((sum, [, count]) => sum + count, 0);
  }
}
