/** A database that keeps audit events beside the file. Only the adapter knows which. */
import type { AuditEvent } from './events.js';

export interface AuditDatabase {
  /**
   * Proves that it is there and takes events like these; keeps nothing.
   * @throws AuditError
   */
  check(events: AuditEvent[]): Promise<void>;
  /**
   * Stores all of the events, or none.
   * @param locks attempts that may record the same event at once have a lock in common, and wait for each other
   * @param mayBeThere asked once the other attempts are done: whether one of them may have stored some of these events,
   * which are then looked for. That costs a pass over the whole table where it has no index for it
   * @throws AuditError
   */
  record(
    locks: string[],
    events: AuditEvent[],
    mayBeThere: () => Promise<boolean> | boolean,
  ): Promise<void>;
  close(): Promise<void>;
}

/**
 * The events are not stored, or it is not known. The message says what to do; it holds nothing of the events, and not
 * the database's address.
 *
 *   unavailable   no answer, or not now: later
 *   refused       it says no: when the operator has mended the table, its rights or the settings
 */
export class AuditError extends Error {
  override readonly name = 'AuditError';

  constructor(
    readonly kind: 'unavailable' | 'refused',
    message: string,
    /** Of the database, or of the network. */
    readonly code?: string,
  ) {
    super(message);
  }
}
