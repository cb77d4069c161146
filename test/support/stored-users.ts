/** The users of a Kratos with their ids, which no API of it sets: as rows of its tables, taken out and put back. */
import { executeSql } from '../../dev/servers/postgres.js';

/** Parents first. */
const TABLES = [
  'identities',
  'identity_credentials',
  'identity_credential_identifiers',
  'identity_verifiable_addresses',
  'identity_recovery_addresses',
] as const;

export type StoredUsers = Record<(typeof TABLES)[number], Record<string, unknown>[]>;

export async function takeUsers(databaseUrl: string): Promise<StoredUsers> {
  const entries = await Promise.all(
    TABLES.map(async (table) => {
      const rows = await executeSql(databaseUrl, `SELECT to_jsonb(t) AS row FROM ${table} t`);
      return [table, rows.map(({ row }) => row)] as const;
    }),
  );
  return Object.fromEntries(entries) as unknown as StoredUsers;
}

/** Into a Kratos of the version that they were taken from: each installation has a network id of its own. */
export async function putUsers(databaseUrl: string, users: StoredUsers): Promise<void> {
  const [network] = await executeSql(databaseUrl, 'SELECT id FROM networks');
  for (const table of TABLES) {
    const rows = users[table].map((row) => ({ ...row, nid: network!['id'] }));
    await executeSql(
      databaseUrl,
      `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $rows$${JSON.stringify(rows)}$rows$)`,
    );
  }
}
