/** The commands on a machine that has no folder of the workers': all of it is in a bucket. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.js';
import { runCommand } from '../support/command.js';
import { identitiesOf } from '../support/identities.js';
import { BUCKET, startTestS3, type TestS3 } from '../support/s3-server.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let s3: TestS3;
let desk: string;
let settings: Record<string, string>;

beforeAll(async () => {
  world = await createWorld();
  s3 = await startTestS3();
  world.onClose(() => s3.close());
  desk = await mkdtemp(path.join(tmpdir(), 'desk-'));
  world.onClose(() => rm(desk, { recursive: true, force: true }));
  settings = {
    ...s3.env,
    IMPORT_ROOT: `s3://${BUCKET}/files`,
    IMPORT_RUNS: `s3://${BUCKET}/runs`,
  };
  Object.assign(process.env, s3.env);
  await startWorker(world, settings);
});
afterAll(() => world.close());

const run = (...args: string[]) => runCommand(world, desk, args, settings);

/** The keys whose content has a text in it. */
async function keysWith(text: string): Promise<string[]> {
  const store = await openStore(`s3://${BUCKET}`, s3.env);
  const found: string[] = [];
  for await (const { key } of store.list('')) {
    const content = await store.read(key);
    if (content?.bytes.includes(text)) found.push(key);
  }
  return found;
}

test('an import is started, reported, retried, undone and purged, and nothing personal is left', async () => {
  const rows = ['ann@bucket.example.com,user', 'ben-bucket.example.com,user'];
  await writeFile(path.join(desk, 'people.csv'), ['email,role', ...rows, ''].join('\n'));
  const started = await run(
    ...['start', 'people.csv', '--actor=alice', '--on-invalid=import-valid'],
    '--invitations=never',
  );
  expect(started.code, started.out).toBe(1);
  const id = /Started the import (\S+)\./.exec(started.out)![1]!;

  const reported = await run('report', id, '--out', 'saved');
  expect(reported.out).toContain('1 user created');
  expect(reported.out).not.toMatch(/s3:|Warning/);
  const saved = path.join(desk, 'saved');
  expect(await readFile(path.join(saved, 'results.csv'), 'utf8')).toContain('ann@bucket');
  expect(await readFile(path.join(saved, 'report.html'), 'utf8')).toContain('1 user created');
  expect((await run('report', id)).out).toContain(`s3://${BUCKET}/runs/${id}/`);

  const rejects = await readFile(path.join(saved, 'rejects.csv'), 'utf8');
  await writeFile(path.join(desk, 'corrected.csv'), rejects.replace('ben-', 'ben@'));
  const retried = await run('retry', id, 'corrected.csv', '--actor=alice');
  expect(retried.code, retried.out).toBe(0);
  const next = `${id}-retry-1`;
  expect(retried.out).toContain('All runs of the file together, of 2 rows: 2 created.');
  expect(await identitiesOf(world.kratos.adminUrl, 'ann@')).toHaveLength(1);

  const undone = await run('undo', id, '--yes', '--actor=alice');
  expect(undone.code, undone.out).toBe(0);
  expect(await identitiesOf(world.kratos.adminUrl, 'ann@')).toHaveLength(0);

  expect(await keysWith('ann@bucket')).not.toEqual([]);
  for (const each of [next, id]) {
    const purged = await run('purge', each, '--actor=alice');
    expect(purged.code, purged.out).toBe(0);
  }
  for (const name of ['ann@bucket', 'ben@bucket', 'ben-bucket']) {
    expect(await keysWith(name), name).toEqual([]);
  }
});
