/** The audit log's table in a test's database, and its rows. */
import { executeSql } from '../../dev/servers/postgres.js';

const AUDIT_COLUMNS: Record<string, string | null> = {
  event_type: 'text NOT NULL',
  identifier: 'text NOT NULL',
  identity_id: 'uuid',
  admin_identity_id: 'uuid',
  metadata: 'jsonb',
  created_at: 'timestamptz NOT NULL DEFAULT now()',
};

/** @param columns types to use in place of the usual ones, `null` for none; or further columns */
export async function createAuditTable(
  databaseUrl: string,
  table = 'audit_log',
  columns: Record<string, string | null> = {},
): Promise<void> {
  const all = Object.entries({ ...AUDIT_COLUMNS, ...columns }).filter(([, type]) => type !== null);
  const list = all.map(([name, type]) => `${name} ${type}`).join(', ');
  await executeSql(databaseUrl, `CREATE TABLE ${table} (${list})`);
}

/** One row, as text where the types differ from table to table. */
export type StoredEvent = Record<
  'event_type' | 'identifier' | 'identity_id' | 'admin_identity_id' | 'at',
  string | null
> & { metadata: unknown };

export async function storedEvents(
  databaseUrl: string,
  table = 'audit_log',
): Promise<StoredEvent[]> {
  const rows = await executeSql(
    databaseUrl,
    `SELECT event_type::text, identifier::text, identity_id::text, admin_identity_id::text, metadata::jsonb AS metadata,
      to_char(created_at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
    FROM ${table} ORDER BY identifier`,
  );
  return rows as StoredEvent[];
}
