/** Folders and files that somebody else has put below the runs folder. */
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../../src/contract/errors.js';
import { DiskStore } from '../../../src/store/disk-store.js';
import { allRuns } from '../../../src/store/find-run.js';
import { withFormat } from '../../../src/store/format.js';
import { readPlan } from '../../../src/store/plan.js';
import { readReport } from '../../../src/store/report-file.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { runsToPurge } from '../../../src/purge/old-runs.js';

const RUN = { workflowId: 'import-1', runId: '00000000-0000-4000-8000-000000000001' };
const OTHER = { workflowId: 'import-2', runId: '00000000-0000-4000-8000-000000000002' };

let folder: string;
let elsewhere: string;
let runs: DiskStore;
let own: RunLayout;

beforeEach(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'planted-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  [folder, elsewhere] = [path.join(dir, 'runs'), path.join(dir, 'elsewhere')];
  await mkdir(folder);
  await mkdir(elsewhere);
  runs = new DiskStore(folder);
  own = new RunLayout(runs, RUN);
  await runs.probe(own.prefix);
  await runs.create(own.plan, JSON.stringify(withFormat({ run: RUN })));
  const report = withFormat({ run: RUN, finishedAt: '2020-01-01T00:00:00Z' });
  await runs.create(own.report, JSON.stringify(report));
});

it.each([RUN.workflowId, `${RUN.workflowId}/${RUN.runId}`, `${RUN.workflowId}/${RUN.runId}/plan`])(
  'a link in place of the folder %s is not followed',
  async (name) => {
    const place = path.join(folder, name);
    await rename(place, path.join(elsewhere, 'real'));
    await symlink(path.join(elsewhere, 'real'), place);
    await expect(readPlan(own)).rejects.toThrow(/is no plain file or folder/);
    await expect(runs.create(`${own.prefix}/plan/other`, '')).rejects.toThrow(/is no plain/);
    await runs.remove([own.plan]).catch(() => undefined);
    expect(await readdir(path.join(elsewhere, 'real'))).not.toEqual([]);
  },
);

it('a link, a pipe or a device is not read or written', async () => {
  const secret = path.join(elsewhere, 'secret');
  await writeFile(secret, 'secret');
  await symlink(secret, path.join(folder, 'link'));
  await symlink('/dev/zero', path.join(folder, 'endless'));
  await mkdir(path.join(folder, 'folder'));
  for (const name of ['link', 'endless', 'folder']) {
    await expect(runs.read(name)).rejects.toThrow(/is no plain file/);
  }
  expect(await runs.create('link', 'mine')).toBe(false);
  expect(await readFile(secret, 'utf8')).toBe('secret');
});

it('whatever its name is, it is listed and can be removed, and what leads elsewhere cannot', async () => {
  const planted = ['of\\windows.csv', 'of two\nlines', 'x'.repeat(250), '..dots'];
  const deep = path.join(...Array.from({ length: 5 }, () => 'y'.repeat(200)), 'deep');
  for (const name of [...planted, path.join('a\\b', 'c'), deep]) {
    const place = path.join(folder, own.prefix, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, 'a person');
  }
  await writeFile(path.join(folder, 'top'), 'a person');
  await runs.tidy('');
  const keys: string[] = [];
  for await (const { key } of runs.list('')) keys.push(key);
  expect(keys).toHaveLength(9);
  expect(keys).toContain('top');
  await runs.remove(keys);
  for await (const { key } of runs.list('')) expect(key).toBeUndefined();
  await writeFile(path.join(elsewhere, 'secret'), 'secret');
  for (const key of ['../elsewhere/secret', `${RUN.workflowId}/../../elsewhere/secret`]) {
    await expect(runs.remove([key])).rejects.toThrow(/names no file below/);
  }
  expect(await readdir(elsewhere)).toEqual(['secret']);
});

it('nothing is created where the folder that others see is not there, as a share that is not mounted', async () => {
  await rename(path.join(folder, RUN.workflowId), path.join(elsewhere, 'real'));
  await expect(runs.create(`${own.prefix}/outcomes/1`, '')).rejects.toMatchObject({
    code: 'ENOENT',
  });
  await rename(folder, path.join(elsewhere, 'runs'));
  await expect(runs.create(`${own.prefix}/outcomes/1`, '')).rejects.toMatchObject({
    code: 'ENOENT',
  });
  await rename(path.join(elsewhere, 'runs'), folder);
  await rename(path.join(elsewhere, 'real'), path.join(folder, RUN.workflowId));
  expect(await runs.create(`${own.prefix}/outcomes/1`, '')).toBe(true);
});

it('a folder without links is refused in words, and not tried for ever', async () => {
  class Fat extends DiskStore {
    override create(): Promise<boolean> {
      return Promise.reject(Object.assign(new Error(), { code: 'EPERM', syscall: 'link' }));
    }
  }
  const probe = new Fat(folder).probe(own.prefix);
  await expect(probe).rejects.toThrow(InputError);
  await expect(probe).rejects.toThrow('link(2)');
});

it('the plan and the report of another run are not believed', async () => {
  const other = new RunLayout(runs, OTHER);
  const [from, to] = [own, other].map(({ prefix }) => path.join(folder, prefix));
  await cp(path.dirname(from!), path.dirname(to!), { recursive: true });
  await rename(path.join(path.dirname(to!), RUN.runId), to!);
  await expect(readPlan(own)).resolves.toMatchObject({ run: RUN });
  await expect(readPlan(other)).rejects.toThrow(/another one's/);
  await expect(readReport(other)).rejects.toThrow(/another one's/);
});

it('whatever is in the runs folder, retention finds the runs that are old', async () => {
  await mkdir(path.join(folder, 'lost+found', 'x'), { recursive: true });
  await mkdir(path.join(folder, 'strange', '..dots'), { recursive: true });
  await mkdir(path.join(folder, RUN.workflowId, 'backup'));
  await writeFile(path.join(folder, 'file'), '');
  await symlink('/', path.join(folder, 'root'));
  const forged = new RunLayout(runs, { workflowId: 'forged', runId: RUN.runId });
  await runs.replace(
    forged.report,
    JSON.stringify(withFormat({ run: RUN, finishedAt: '2000-01-01T00:00:00Z' })),
  );
  const broken = new RunLayout(runs, { workflowId: 'broken', runId: RUN.runId });
  await runs.replace(broken.report, 'not JSON');
  const before = Date.parse('2021-01-01T00:00:00Z');
  expect(await runsToPurge(runs, { before, most: 10, now: new Date() })).toEqual([RUN]);
  const found: string[] = [];
  for await (const { workflowId } of allRuns(runs)) found.push(workflowId);
  expect(found).toEqual(['broken', 'forged', 'import-1']);
});
