import type { AuditEvent } from './events.js';

/** An event as a row of the audit log's table. */
export interface AuditRow {
  event_type: string;
  /** Names the event among all others: the table has no key of its own that would. */
  identifier: string;
  /** Null for the events of a run. */
  identity_id: string | null;
  /** Null when the actor is no identity's id. */
  admin_identity_id: string | null;
  metadata: AuditEvent['metadata'];
  created_at: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function toRow({ event, target, metadata, at }: AuditEvent): AuditRow {
  const { workflow, run, line, ending, admin } = metadata;
  // A run that was reset after its end may end once more, in another way.
  const place = line ?? ending;
  return {
    event_type: event,
    identifier: [
      'csv_import',
      `${workflow}/${run}`,
      ...(place === undefined ? [] : [place]),
      event,
    ].join(':'),
    identity_id: line === undefined ? null : target,
    admin_identity_id: isUuid(admin) ? admin : null,
    metadata,
    created_at: at,
  };
}
