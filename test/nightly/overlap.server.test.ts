import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { Chance } from '../support/chance.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { allIdentities } from '../support/identities.js';
import { imports, progressOf, table, type Imports } from '../support/imports.js';
import { SEED } from '../support/seed.js';
import { originOf, type Result } from '../support/truth.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** Two imports at once of files that share most of their people, each in an order of its own. */
const ROWS = 600;
const COMMON = 400;

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  await startWorker(world, { KRATOS_ADMIN_URL: proxy.url });
});

afterAll(() => world.close());

test.each([
  ['both in mode skip', 'skip'],
  ['one of them in mode update', 'update'],
])(
  `%s: every user exists once, and the results of each run are true (seed ${SEED})`,
  async (_what, mode) => {
    const chance = new Chance(SEED);
    const people = (name: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `${name}-${mode}${i}@example.com`);
    // Where an address exists already, a row without a password is looked up, and a row with one is not.
    const line = (email: string, i: number): string => `${email},${i % 2 ? '' : 'Secret-of-all'}`;
    const common = people('common', COMMON);
    const files = ['first', 'second'].map((name) => ({
      name: `${name}-${mode}`,
      mode: name === 'second' ? mode : 'skip',
      emails: chance.shuffled([...common, ...people(name, ROWS - COMMON)]),
    }));
    for (const { name, emails } of files) {
      await all.write(
        `${name}.csv`,
        ['email,initial_password', ...emails.map(line), ''].join('\n'),
      );
    }

    proxy.faults.writesLeft = 0;
    const handles = await Promise.all(
      files.map(({ name, ...file }) =>
        all.client.workflow.signalWithStart('importUsers', {
          taskQueue: 'user-import',
          workflowId: name,
          args: [
            {
              ...{ file: `${name}.csv`, actor: 'alice', mode: file.mode },
              ...{ chunkSize: 50, concurrency: 2, invitations: { send: 'never' } },
            },
          ],
          signal: 'pause',
        }),
      ),
    );
    for (const handle of handles) {
      await until(async () => (await progressOf(handle)).phase === 'importing');
    }
    const [first, second] = handles;
    // The one that may look its users up first has a batch on its way when the other starts.
    await second!.signal('resume');
    await until(() => proxy.waiting > 0);
    await first!.signal('resume');
    await until(async () => (await progressOf(first!)).chunks.inFlight === 2);
    delete proxy.faults.writesLeft;
    const summaries = await Promise.all(
      handles.map((handle) => handle.result() as Promise<ReportSummary>),
    );

    const identities = (await allIdentities(world.kratos.adminUrl)).filter(({ traits }) =>
      String(traits['email']).includes(`-${mode}`),
    );
    const stored = new Map(
      identities.map((identity) => [String(identity.traits['email']), identity]),
    );
    expect(identities).toHaveLength(2 * ROWS - COMMON);
    expect(stored.size).toBe(identities.length);

    const results: Map<string, Result>[] = [];
    for (const [i, { name, emails, mode }] of files.entries()) {
      const { folder, rows } = summaries[i]!;
      const lines = await table(folder, 'results.csv');
      expect(lines.map(({ email }) => email)).toEqual(emails);
      const ifExisting = mode === 'skip' ? 'skipped' : 'unchanged';
      for (const { line, email, outcome, identity_id } of lines) {
        const identity = stored.get(email!)!;
        const origin = originOf(identity);
        const isOwn = origin['workflowId'] === name;
        expect(outcome, email).toBe(isOwn ? 'created' : ifExisting);
        if (isOwn) expect(origin, email).toMatchObject({ line: Number(line), file: `${name}.csv` });
        if (identity_id !== '') expect(identity_id, email).toBe(identity.id);
      }
      results.push(new Map(lines.map((line) => [line.email!, line])));
      const created = lines.filter(({ outcome }) => outcome === 'created').length;
      expect(rows).toMatchObject({ total: ROWS, created, [ifExisting]: ROWS - created, failed: 0 });
    }
    const creators = common.map(
      (email) => results.filter((lines) => lines.get(email)?.outcome === 'created').length,
    );
    expect(new Set(creators)).toEqual(new Set([1]));
    // Both created some of the users that they share: they ran at the same time.
    for (const lines of results) {
      expect(common.filter((email) => lines.get(email)?.outcome === 'created')).not.toEqual([]);
    }
  },
  300_000,
);
