import { AuditError, type AuditDatabase } from '../../src/audit/audit-database.js';
import { toRow } from '../../src/audit/audit-row.js';
import type { AuditEvent } from '../../src/audit/events.js';

/** The audit database as a list: like the real table it keeps what is recorded twice. */
export class AuditInMemory implements AuditDatabase {
  readonly events: AuditEvent[] = [];
  /** How often stored events were searched for. */
  searches = 0;
  /** Called under the lock, before anything is stored; may throw what the network would, or let it wait. */
  beforeInsert: () => void | Promise<void> = () => undefined;
  /** Called when everything is stored, before that is answered; likewise. */
  afterCommit: () => void | Promise<void> = () => undefined;
  private readonly locks = new Map<string, Promise<unknown>>();

  async check(): Promise<void> {}

  async record(
    lock: string,
    events: AuditEvent[],
    mayBeThere: () => Promise<boolean> | boolean,
  ): Promise<void> {
    const others = this.locks.get(lock);
    const work = (async () => {
      await others?.catch(() => undefined);
      let fresh = events;
      if (await mayBeThere()) {
        this.searches++;
        const stored = new Set(this.events.map((event) => toRow(event).identifier));
        fresh = events.filter((event) => !stored.has(toRow(event).identifier));
      }
      await this.beforeInsert();
      this.events.push(...fresh);
    })();
    this.locks.set(lock, work);
    await work;
    await this.afterCommit();
  }

  async close(): Promise<void> {}
}

export const away = () => new AuditError('unavailable', 'The audit database does not answer.');
