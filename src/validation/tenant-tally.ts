/** Counts the valid rows of each tenant, in memory that no column can fill. */
import { MOST_DISTINCT, NO_ROLE, type TenantCounts } from '../contract/findings.js';

/** So many are in a history, by name; a list of tenants may have a hundred thousand. */
const MOST_NAMES = 100;

export class TenantTally {
  private readonly counts = new Map<string, number>();
  private readonly unknown = new Set<string>();

  /** @param areKnown whether validation has found each of them in the worker's list */
  constructor(private readonly areKnown: boolean) {}

  add(tenant: string | undefined): void {
    if (this.areKnown) {
      const name = tenant ?? NO_ROLE;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    } else if (tenant !== undefined && this.unknown.size < MOST_DISTINCT) {
      this.unknown.add(tenant);
    }
  }

  result(): TenantCounts {
    if (!this.areKnown) return { distinct: this.unknown.size };
    const distinct = this.counts.size - Number(this.counts.has(NO_ROLE));
    const mostFrequent = [...this.counts].sort(([, a], [, b]) => b - a).slice(0, MOST_NAMES);
    return { distinct, rows: Object.fromEntries(mostFrequent) };
  }
}
