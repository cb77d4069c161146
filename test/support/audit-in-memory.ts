import { AuditError, type AuditDatabase } from '../../src/audit/audit-database.js';
import { toRow } from '../../src/audit/audit-row.js';
import type { AuditEvent } from '../../src/audit/events.js';

/** The audit database as a list: like the real table it keeps an event twice that is recorded twice. */
export class AuditInMemory implements AuditDatabase {
  readonly events: AuditEvent[] = [];
  /** The number of searches for stored events. */
  searches = 0;
  /** Called under the lock, before anything is stored; may throw an error of the network, or wait. */
  beforeInsert: () => void | Promise<void> = () => undefined;
  /** Called when everything is stored, before the answer; may throw or wait as well. */
  afterCommit: () => void | Promise<void> = () => undefined;
  private readonly locks = new Map<string, Promise<unknown>>();

  async check(): Promise<void> {}

  async record(
    locks: string[],
    events: AuditEvent[],
    mayBeThere: () => Promise<boolean> | boolean,
  ): Promise<void> {
    const others = locks.flatMap((lock) => this.locks.get(lock) ?? []);
    const work = (async () => {
      await Promise.allSettled(others);
      let fresh = events;
      if (await mayBeThere()) {
        this.searches++;
        const stored = new Set(this.events.map((event) => toRow(event).identifier));
        fresh = events.filter((event) => !stored.has(toRow(event).identifier));
      }
      await this.beforeInsert();
      this.events.push(...fresh);
    })();
    for (const lock of locks) this.locks.set(lock, work);
    await work;
    await this.afterCommit();
  }

  async close(): Promise<void> {}
}

export const away = () => new AuditError('unavailable', 'The audit database does not answer.');
