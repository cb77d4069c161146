/** Records what runs of this version leave, for the tests of later ones: `npm run stored-runs`. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { createIdentity, identitiesOf } from '../support/identities.js';
import { imports, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { recordableVersion } from '../support/releases.js';
import { takeUsers } from '../support/stored-users.js';
import { undoImport } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';
import { RUNS, STORED_RUNS, UPDATED, type Expected } from './stored-runs.js';

const ROWS_OF_CHUNK = 5;

describe.runIf(process.env['RECORD_RUNS'])('the runs of this version', () => {
  let world: World;
  let all: Imports;
  let proxy: FaultProxy;

  beforeAll(async () => {
    recordableVersion();
    world = await createWorld();
    all = await imports(world);
    proxy = await startFaultProxy(world);
  });
  afterAll(() => world.close());

  async function terminateAmidChunk(): Promise<void> {
    const worker = await startWorker(world, { KRATOS_ADMIN_URL: proxy.url });
    await all.write('terminated.csv', csvOf('terminated-', 2 * ROWS_OF_CHUNK));
    proxy.faults.writesLeft = 1;
    const handle = await all.start(RUNS.terminated, {
      file: 'terminated.csv',
      chunkSize: ROWS_OF_CHUNK,
      concurrency: 1,
    });
    await until(() => proxy.waiting > 0);
    await worker.kill();
    await handle.terminate();
  }

  test('are recorded', async () => {
    await terminateAmidChunk();
    const worker = await startWorker(world);
    const rows = [
      ['ada@example.com', 'Ada', 'user', 'Secret-of-ada'],
      ['bob@example.com', 'Bob', 'user', ''],
      ['not an address', 'Cid', 'user', 'Secret-of-cid'],
      ['dot@example.com', 'Dot', 'chief', 'Secret-of-dot'],
      ['eve@example.com', 'Eve', 'admin', 'Secret-of-eve'],
    ];
    const header = 'email,first_name,role,initial_password';
    await all.write('ended.csv', [header, ...rows.map((row) => row.join(',')), ''].join('\n'));
    const { rows: counts } = await all.run(RUNS.ended, {
      file: 'ended.csv',
      onInvalid: 'import-valid',
      chunkSize: ROWS_OF_CHUNK - 2,
      invitations: { perMinute: 6000 },
    });
    const { email, before, after } = UPDATED;
    await createIdentity(world.kratos.adminUrl, DEMO_SCHEMA_ID, { email, first_name: before });
    await all.write('updating.csv', `email,first_name\n${email},${after}\n`);
    await all.run(RUNS.updating, { file: 'updating.csv', mode: 'update' });
    await all.write('undone.csv', csvOf('undone-', 2));
    await all.run(RUNS.undone, { file: 'undone.csv' });
    await undoImport(all, { workflowId: RUNS.undone });
    await worker.stop();

    const left = await identitiesOf(world.kratos.adminUrl, 'terminated-');
    const expected: Expected = {
      created: counts.created,
      invalid: counts.invalid,
      left: left.length,
    };
    expect(expected).toEqual({ created: 3, invalid: 2, left: ROWS_OF_CHUNK });
    await store(expected);
  });

  async function store(expected: Expected): Promise<void> {
    const folder = path.join(STORED_RUNS, recordableVersion());
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await cp(world.importRoot, path.join(folder, 'imports'), { recursive: true });
    await cp(world.runs, path.join(folder, 'runs'), { recursive: true });
    const write = (name: string, value: unknown) =>
      writeFile(path.join(folder, name), `${JSON.stringify(value, undefined, 2)}\n`);
    await write('users.json', await takeUsers(world.databaseUrl));
    await write('expected.json', expected);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8');
      for (const place of [hostname(), process.cwd(), path.dirname(world.runs)]) {
        expect(text.includes(place), `${entry.name}: ${place}`).toBe(false);
      }
    }
  }
});
