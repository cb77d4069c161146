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
   * @param lock those who may record the same event at once name the same, and wait for each other
   * @param mayBeThere asked once the others are done: whether one of them may have stored some of these events, which
   * are then looked for. Looking costs a pass over the whole table where nothing else is indexed
   * @throws AuditError
   */
  record(
    lock: string,
    events: AuditEvent[],
    mayBeThere: () => Promise<boolean> | boolean,
  ): Promise<void>;
  close(): Promise<void>;
}

/**
 * The events are not stored, or nobody knows. The message says what to do; it holds nothing of the events, and not the
 * database's address.
 *
 *   unavailable   no answer, or not now: later
 *   refused       it says no: when somebody has mended the table, its rights or the settings
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
