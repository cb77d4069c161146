/** The audit log in Postgres. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient, type QueryConfig } from 'pg';
import { AuditError, type AuditDatabase } from './audit-database.js';
import { toRow, type AuditRow } from './audit-row.js';
import { missingColumns, toAuditError } from './postgres-errors.js';
import { quoteTableName } from './table-name.js';

export interface AuditSettings {
  databaseUrl: string;
  /** Perhaps with its schema's name in front. */
  table: string;
}

const COLUMNS = [
  'event_type',
  'identifier',
  'identity_id',
  'admin_identity_id',
  'metadata',
  'created_at',
] as const satisfies (keyof AuditRow)[];

/** Recording takes some milliseconds: chunks may wait for each other's connections. */
const CONNECTIONS = 5;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 15_000;
/** Finding events is a pass over the whole table, unless it has an index for it. */
const FIND_MS = 5 * 60_000;
/** A database that hangs does not end its statements, either. */
const OVERDUE_MS = 2_000;
/** A worker that hangs must not keep its lock. */
const IDLE_MS = 30_000;
const CLOSE_MS = 5_000;

// Once the lock is held, all that other attempts have stored is seen, whatever the database's own default.
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}`;
const LIST_COLUMNS =
  'SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped';
const FOREIGN_KEY = '23503';

/** Sends a statement and returns its rows. */
type Ask = (text: string, values?: unknown[], withinMs?: number) => Promise<Answer[]>;
type Answer = Record<string, string>;

export function createPostgresAudit({ databaseUrl, table }: AuditSettings): AuditDatabase {
  const pool = createPool(databaseUrl);
  const quoted = quoteTableName(table);
  const { insert, find } = statementsOf(quoted);
  const transaction = (end: 'COMMIT' | 'ROLLBACK', work: (ask: Ask) => Promise<void>) =>
    inTransaction(pool, table, end, work);

  return {
    async check(events) {
      try {
        await transaction('ROLLBACK', async (ask) => {
          const present = await ask(LIST_COLUMNS, [quoted]);
          const missing = COLUMNS.filter(
            (name) => !present.some(({ attname }) => attname === name),
          );
          if (present.length > 0 && missing.length > 0) throw missingColumns(missing, table);
          await ask(`SELECT identifier FROM ${quoted} WHERE false`);
          await ask(insert, [JSON.stringify(events.map(toRow))]);
        });
      } catch (error) {
        // The users of the events are invented, and the table may ask for real ones.
        if (!(error instanceof AuditError) || error.code !== FOREIGN_KEY) throw error;
      }
    },

    record: (locks, events, mayBeThere) =>
      transaction('COMMIT', async (ask) => {
        // All in one order: nobody waits in a circle.
        for (const key of locks.map(lockKey).sort()) {
          await ask('SELECT pg_advisory_xact_lock($1)', [key]);
        }
        let rows = events.map(toRow);
        if (await mayBeThere()) {
          await ask(`SET LOCAL statement_timeout = ${FIND_MS}`);
          const found = await ask(find, [JSON.stringify(rows)], FIND_MS);
          const stored = new Set(found.map(({ identifier }) => identifier));
          rows = rows.filter(({ identifier }) => !stored.has(identifier));
        }
        if (rows.length > 0) await ask(insert, [JSON.stringify(rows)]);
      }),

    close: () => Promise.race([pool.end(), sleep(CLOSE_MS, undefined, { ref: false })]),
  };
}

function createPool(databaseUrl: string): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    allowExitOnIdle: true,
  });
  // Connections that break while they are idle; a statement that is under way throws by itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

/** Both take the rows as one JSON array. */
function statementsOf(quoted: string): { insert: string; find: string } {
  // By the table's own row type: the types of its columns differ from place to place.
  const given = `jsonb_populate_recordset(NULL::${quoted}, $1::jsonb)`;
  const columns = COLUMNS.join(', ');
  return {
    insert: `INSERT INTO ${quoted} (${columns}) SELECT ${columns} FROM ${given}`,
    find: `SELECT stored.identifier FROM ${quoted} AS stored JOIN ${given} AS given ON stored.identifier = given.identifier`,
  };
}

async function inTransaction(
  pool: Pool,
  table: string,
  end: 'COMMIT' | 'ROLLBACK',
  work: (ask: Ask) => Promise<void>,
): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toAuditError(error, table);
  });
  const ask = asker(client, table);
  let isOver = false;
  try {
    await ask(BEGIN);
    await work(ask);
    await ask(end);
    isOver = true;
  } finally {
    // What is not over ends with its connection.
    client.release(!isOver);
  }
}

function asker(client: PoolClient, table: string): Ask {
  return async (text, values = [], withinMs = STATEMENT_MS) => {
    // A text without values may hold several statements.
    const query: QueryConfig & { query_timeout: number } = {
      text,
      query_timeout: withinMs + OVERDUE_MS,
    };
    if (values.length > 0) query.values = values;
    try {
      return (await client.query<Answer>(query)).rows;
    } catch (error) {
      throw toAuditError(error, table);
    }
  };
}

/** Postgres knows a lock by a number. */
function lockKey(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString();
}
