import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { removeSource } from '../../../src/purge/source-copy.js';
import { DiskStore } from '../../../src/store/disk-store.js';
import { withFormat } from '../../../src/store/format.js';
import { MemoryStore } from '../../support/memory-store.js';

const RUN = { workflowId: 'import-1', runId: 'run-1' };
const OTHER = { workflowId: 'import-2', runId: '00000000-0000-4000-8000-000000000002' };
const CONTENT = 'email\nann@example.com\n';
const DIGEST = createHash('sha256').update(CONTENT).digest('hex').slice(0, 12);

let root: string;
let runs: MemoryStore;

beforeEach(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'source-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  root = path.join(dir, 'files');
  runs = new MemoryStore();
  await mkdir(root);
});

const remove = (file: string, isRunning = false) =>
  removeSource(new DiskStore(root), runs, RUN, {
    file,
    isRunning: () => Promise.resolve(isRunning),
    beforeRemoval: () => Promise.resolve(),
  });

it('removes the copy that the command has made', async () => {
  await writeFile(path.join(root, `users-${DIGEST}.csv`), CONTENT);
  expect(await remove(`users-${DIGEST}.csv`)).toBe('removed');
  expect(await remove(`users-${DIGEST}.csv`)).toBe('gone');
});

it('leaves the copy to a run that may still read it', async () => {
  const copy = `users-${DIGEST}.csv`;
  await writeFile(path.join(root, copy), CONTENT);
  const plan = (file: string) => JSON.stringify(withFormat({ run: OTHER, file }));
  await runs.replace(`${OTHER.workflowId}/${OTHER.runId}/plan/plan.json`, plan(copy));
  expect(await remove(copy, true)).toBe('in_use');
  await runs.replace(`${OTHER.workflowId}/${OTHER.runId}/plan/plan.json`, plan('other.csv'));
  expect(await remove(copy, true)).toBe('removed');
});

it.each([
  ['a path out of the root', `../outside-${DIGEST}.csv`],
  ['an absolute path', `/outside-${DIGEST}.csv`],
  ['a path below a folder', `folder/users-${DIGEST}.csv`],
  ['a device', '../../../../../../dev/zero'],
  ['dots', '..'],
])('does not look at %s, whatever a report says', async (_what, file) => {
  const outside = path.join(root, '..', `outside-${DIGEST}.csv`);
  await writeFile(outside, CONTENT);
  expect(await remove(file)).toBe('yours');
  await expect(access(outside)).resolves.toBeUndefined();
});

it('neither reads nor removes what a link leads to', async () => {
  const outside = path.join(root, '..', 'outside.csv');
  await writeFile(outside, CONTENT);
  await symlink(outside, path.join(root, `users-${DIGEST}.csv`));
  await symlink('/dev/zero', path.join(root, 'zero-000000000000.csv'));
  expect(await remove(`users-${DIGEST}.csv`)).toBe('yours');
  expect(await remove('zero-000000000000.csv')).toBe('yours');
  await expect(access(outside)).resolves.toBeUndefined();
});
