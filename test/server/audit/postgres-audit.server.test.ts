import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AuditError, type AuditDatabase } from '../../../src/audit/audit-database.js';
import { userEvents, startEvent } from '../../../src/audit/events.js';
import { createPostgresAudit } from '../../../src/audit/postgres-audit.js';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { executeSql } from '../../../dev/servers/postgres.js';
import { createAuditTable, storedEvents } from '../../support/audit-table.js';
import { RUN } from '../../support/planned-run.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';
import { createWorld, type World } from '../../support/world.js';

const ADMIN = '9b2d7c61-0d6e-4c8f-8a55-5f0d4d0f1a77';
const AT = '2026-11-02T10:00:00.123Z';
const idOf = (line: number) => `00000000-0000-4000-8000-${String(line).padStart(12, '0')}`;

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(() => world.close());

function events(lines: number[], actor = 'alice') {
  const rows = lines.map((line): RowOutcome => {
    return { line, email: 'x', outcome: 'created', identityId: idOf(line), invitation: 'none' };
  });
  return userEvents(RUN, { actor, file: 'users.csv' }, rows, AT);
}

const ALL = [
  startEvent(RUN, { actor: 'alice', file: 'users.csv' }, 'ab'.repeat(32), AT),
  ...events([2, 3]),
];

/** Closed when the test ends. */
function open(table = 'audit_log', databaseUrl = world.databaseUrl): AuditDatabase {
  const audit = createPostgresAudit({ databaseUrl, table });
  onTestFinished(() => audit.close());
  return audit;
}

let tables = 0;

/** A table of the test's own. */
async function table(columns: Record<string, string | null> = {}): Promise<string> {
  const name = `audit_${++tables}`;
  await createAuditTable(world.databaseUrl, name, columns);
  return name;
}

const linesIn = async (name: string) =>
  (await storedEvents(world.databaseUrl, name)).map(
    ({ metadata }) => (metadata as { line: number }).line,
  );

/** The error of something that must fail. */
async function refusal(work: Promise<unknown>): Promise<AuditError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AuditError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('events in Postgres', () => {
  it.each<Record<string, string>>([
    {},
    { identity_id: 'text', admin_identity_id: 'varchar(64)', created_at: 'timestamp' },
    { event_type: 'varchar(40)', identifier: 'varchar(400)', metadata: 'json' },
    { id: 'bigserial PRIMARY KEY', tenant: "text NOT NULL DEFAULT 'main'" },
  ])('are stored as they are, whatever the types of the columns: %j', async (columns) => {
    const name = await table(columns);
    await open(name).check(ALL);
    expect(await storedEvents(world.databaseUrl, name)).toEqual([]);
    await open(name).record(['chunk'], events([2], ADMIN), () => false);
    expect(await storedEvents(world.databaseUrl, name)).toEqual([
      {
        event_type: 'user_imported',
        identifier: `csv_import:${RUN.workflowId}/${RUN.runId}:2:user_imported`,
        identity_id: idOf(2),
        admin_identity_id: ADMIN,
        metadata: {
          source: 'csv_import',
          admin: ADMIN,
          workflow: RUN.workflowId,
          run: RUN.runId,
          line: 2,
        },
        at: AT,
      },
    ]);
  });

  it('go into a schema of their own, with names that have capitals', async () => {
    await executeSql(world.databaseUrl, 'CREATE SCHEMA "Audit"');
    await createAuditTable(world.databaseUrl, '"Audit"."Log"');
    const audit = open('Audit.Log');
    await audit.check(ALL);
    await audit.record(['chunk'], ALL, () => false);
    expect(await storedEvents(world.databaseUrl, '"Audit"."Log"')).toHaveLength(3);
  });

  it('that may be there are searched for, and only the missing ones are stored', async () => {
    const name = await table();
    const audit = open(name);
    await audit.record(['chunk'], events([2, 3]), () => false);
    await audit.record(['chunk'], events([2, 3, 4]), () => true);
    await audit.record(['chunk'], events([2, 3, 4]), () => true);
    expect(await linesIn(name)).toEqual([2, 3, 4]);
  });

  it('are stored once by two attempts at once, though only the second searches', async () => {
    const name = await table();
    const [first, second] = [open(name), open(name)];
    let hasSearched = false;
    let secondIsDone = false;
    const lines = Array.from({ length: 500 }, (_, i) => i + 2);
    let other: Promise<void> | undefined;
    await first.record(['chunk'], events(lines), async () => {
      other = second.record(['chunk'], events(lines), () => (hasSearched = true));
      void other.then(() => (secondIsDone = true));
      await sleep(300);
      // The second attempt waits for the lock, so it searches when the first one is done.
      expect([hasSearched, secondIsDone]).toEqual([false, false]);
      return false;
    });
    await other;
    expect(hasSearched).toBe(true);
    expect(await linesIn(name)).toHaveLength(500);
  });

  it('of another chunk do not wait', async () => {
    const name = await table();
    const audit = open(name);
    await audit.record(['chunk 1'], events([2]), async () => {
      await audit.record(['chunk 2'], events([3]), () => false);
      return false;
    });
    expect(await linesIn(name)).toEqual([2, 3]);
  });

  it('of several chunks wait for each of them', async () => {
    const name = await table();
    const audit = open(name);
    let all: Promise<void> | undefined;
    await audit.record(['chunk 2'], events([3]), async () => {
      all = audit.record(['chunk 1', 'chunk 2', 'chunk 3'], events([2, 3, 4]), () => true);
      await sleep(300);
      return false;
    });
    await all;
    expect(await linesIn(name)).toEqual([2, 3, 4]);
  });

  it('are all stored or none', async () => {
    const name = await table({ metadata: "jsonb CHECK (metadata->>'line' <> '3')" });
    expect((await refusal(open(name).record(['chunk'], events([2, 3]), () => false))).code).toBe(
      '23514',
    );
    expect(await linesIn(name)).toEqual([]);
  });

  it('see what was stored under the lock, in a database whose transactions repeat their reads', async () => {
    const name = await table();
    const url = new URL(world.databaseUrl);
    url.searchParams.set('options', '-c default_transaction_isolation=serializable');
    const [first, second] = [open(name), open(name, url.href)];
    let other: Promise<void> | undefined;
    await first.record(['chunk'], events([2]), async () => {
      other = second.record(['chunk'], events([2]), () => true);
      await sleep(300);
      return false;
    });
    await other;
    expect(await linesIn(name)).toEqual([2]);
  });
});

describe('an audit database that is not as it should be', () => {
  it('has no such table: the message names it', async () => {
    const error = await refusal(open('no_such_table').check(ALL));
    expect(error.kind).toBe('refused');
    expect(error.message).toBe(
      'The audit database has no table no_such_table (42P01). Create it, or set AUDIT_TABLE.',
    );
    expect((await refusal(open('no_such.table').check(ALL))).message).toMatch(/no table no_such/);
  });

  it('lacks columns: the message names them', async () => {
    const name = await table({ metadata: null, identifier: null });
    expect((await refusal(open(name).check(ALL))).message).toBe(
      `The audit table ${name} lacks the columns identifier, metadata. Add what is missing, or set AUDIT_TABLE.`,
    );
  });

  it.each([
    ['a further column that must be given', { tenant: 'text NOT NULL' }, '23502, tenant'],
    ['run events without an identity', { identity_id: 'uuid NOT NULL' }, '23502, identity_id'],
    ['the actor as an identity', { admin_identity_id: 'uuid NOT NULL' }, 'admin_identity_id'],
    ['other events only', { event_type: "text CHECK (event_type = 'login')" }, '23514'],
    ['a shorter name', { identifier: 'varchar(20)' }, '22001'],
  ])('wants %s: the message names the column or the rule', async (_what, columns, named) => {
    const name = await table(columns);
    const error = await refusal(open(name).check(ALL));
    expect(error.kind).toBe('refused');
    expect(error.message).toContain(named);
    expect(error.message).not.toContain(RUN.runId);
  });

  it('asks for real identities, which the check does not have: it passes', async () => {
    await executeSql(world.databaseUrl, 'CREATE TABLE people (id uuid PRIMARY KEY)');
    const name = await table({ identity_id: 'uuid REFERENCES people' });
    await open(name).check(ALL);
  });

  it.each(['SELECT', 'INSERT'])('grants only %s: the message names the grant', async (right) => {
    const name = await table();
    const user = `only_${right.toLowerCase()}`;
    await executeSql(world.databaseUrl, `CREATE USER ${user} PASSWORD 'Zq9SECRET'`);
    await executeSql(world.databaseUrl, `GRANT ${right} ON ${name} TO ${user}`);
    const url = new URL(world.databaseUrl);
    url.username = user;
    url.password = 'Zq9SECRET';
    const error = await refusal(open(name, url.href).check(ALL));
    expect(error.message).toContain(`GRANT SELECT, INSERT ON ${name}`);
    await executeSql(world.databaseUrl, `DROP OWNED BY ${user}`);
    await executeSql(world.databaseUrl, `DROP USER ${user}`);
  });

  it.each([
    ['password', (url: URL) => (url.password = 'Zq9SECRET'), '28P01'],
    ['database', (url: URL) => (url.pathname = '/Zq9SECRET'), '3D000'],
  ])(
    'does not accept a wrong %s: the message names the setting, and not its value',
    async (_what, change, code) => {
      const url = new URL(world.databaseUrl);
      change(url);
      const error = await refusal(open('audit_log', url.href).check(ALL));
      expect(error.kind).toBe('refused');
      expect(error.message).toContain(code);
      expect(error.message).toContain('AUDIT_DATABASE_URL');
      expect(error.message).not.toContain('Zq9SECRET');
    },
  );
});

describe('an audit database that goes away', () => {
  it('is unavailable, with the code of the network, and takes the events when it is back', async () => {
    const name = await table();
    const proxy = await startTcpProxy(world.databaseUrl);
    onTestFinished(() => proxy.close());
    const audit = open(name, proxy.url(world.databaseUrl));
    await audit.record(['chunk'], events([2]), () => false);
    await proxy.cut();
    const lost = await refusal(audit.record(['chunk'], events([3]), () => false));
    expect(lost.message).toMatch(/^The audit database does not answer\. /);
    const error = await refusal(audit.record(['chunk'], events([3]), () => false));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toBe(
      'The audit database does not answer (ECONNREFUSED). Does it run, and is AUDIT_DATABASE_URL right?',
    );
    await proxy.open();
    await audit.record(['chunk'], events([3]), () => true);
    expect(await linesIn(name)).toEqual([2, 3]);
  });

  it('in the middle of a transaction has stored nothing', async () => {
    const name = await table();
    const proxy = await startTcpProxy(world.databaseUrl);
    onTestFinished(() => proxy.close());
    const audit = open(name, proxy.url(world.databaseUrl));
    const work = audit.record(['chunk'], events([2]), async () => {
      await proxy.cut();
      return false;
    });
    expect((await refusal(work)).kind).toBe('unavailable');
    expect(await linesIn(name)).toEqual([]);
  });

  it('right after the commit has stored them once, however often they are recorded', async () => {
    const name = await table();
    const proxy = await startTcpProxy(world.databaseUrl);
    onTestFinished(() => proxy.close());
    const audit = open(name, proxy.url(world.databaseUrl));
    proxy.cutAfter = (sent) => sent.includes('COMMIT\0');
    expect((await refusal(audit.record(['chunk'], events([2, 3]), () => false))).kind).toBe(
      'unavailable',
    );
    await until(async () => (await linesIn(name)).length > 0);
    expect((await refusal(audit.record(['chunk'], events([2, 3]), () => true))).kind).toBe(
      'unavailable',
    );
    proxy.cutAfter = () => false;
    await audit.record(['chunk'], events([2, 3]), () => true);
    expect(await linesIn(name)).toEqual([2, 3]);
  });

  it('or hangs does not hold up an attempt for ever', async () => {
    const name = await table();
    const proxy = await startTcpProxy(world.databaseUrl);
    onTestFinished(() => proxy.close());
    const audit = open(name, proxy.url(world.databaseUrl));
    let isHanging: () => void = () => undefined;
    const hangs = new Promise<void>((resolve) => (isHanging = resolve));
    const inTransaction = audit.record(['chunk'], events([2]), () => {
      proxy.hang();
      isHanging();
      return false;
    });
    const [error] = await Promise.all([
      refusal(inTransaction),
      hangs.then(() => refusal(audit.check(ALL))),
    ]);
    expect(error.kind).toBe('unavailable');
    await proxy.open();
    await audit.record(['chunk'], events([2]), () => true);
    expect(await linesIn(name)).toEqual([2]);
  });
});
