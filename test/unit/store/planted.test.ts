/** Folders and files that somebody else has put below the runs folder. */
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { allRuns } from '../../../src/store/find-run.js';
import { withFormat } from '../../../src/store/format.js';
import { readPlan } from '../../../src/store/plan.js';
import { readReport } from '../../../src/store/report-file.js';
import { confirmRunFolder, createRunFolder } from '../../../src/store/run-folder.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { runsToPurge } from '../../../src/purge/old-runs.js';

const RUN = { workflowId: 'import-1', runId: '00000000-0000-4000-8000-000000000001' };
const OTHER = { workflowId: 'import-2', runId: '00000000-0000-4000-8000-000000000002' };

let runs: string;
let elsewhere: string;
let own: RunLayout;

beforeEach(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'planted-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  [runs, elsewhere] = [path.join(dir, 'runs'), path.join(dir, 'elsewhere')];
  await mkdir(runs);
  await mkdir(elsewhere);
  own = new RunLayout(runs, RUN);
  await createRunFolder(own);
  await writeFile(own.plan, JSON.stringify(withFormat({ run: RUN })));
  const report = { run: RUN, finishedAt: '2020-01-01T00:00:00Z' };
  await writeFile(own.report, JSON.stringify(withFormat(report)));
});

it.each(['the workflow', 'the run', 'plan', 'outcomes', 'undo'])(
  'a link in place of the folder of %s is not followed',
  async (what) => {
    const place = { 'the workflow': path.dirname(own.path), 'the run': own.path }[what];
    const folder = place ?? path.join(own.path, what);
    await rename(folder, path.join(elsewhere, 'real')).catch(() => undefined);
    await symlink(path.join(elsewhere, 'real'), folder);
    await expect(confirmRunFolder(own)).rejects.toThrow(/is no plain folder/);
    await expect(createRunFolder(own)).rejects.toThrow(/is no plain folder|EEXIST/);
  },
);

it('the plan and the report of another run are not believed', async () => {
  const other = new RunLayout(runs, OTHER);
  await cp(path.dirname(own.path), path.dirname(other.path), { recursive: true });
  await rename(path.join(path.dirname(other.path), RUN.runId), other.path);
  await expect(readPlan(own)).resolves.toMatchObject({ run: RUN });
  await expect(readPlan(other)).rejects.toThrow(/another one's/);
  await expect(readReport(other)).rejects.toThrow(/another one's/);
});

it('whatever is in the runs folder, retention finds the runs that are old', async () => {
  await mkdir(path.join(runs, 'lost+found', 'x'), { recursive: true });
  await mkdir(path.join(runs, 'strange', '..dots'), { recursive: true });
  await mkdir(path.join(runs, RUN.workflowId, 'backup'));
  await writeFile(path.join(runs, 'file'), '');
  await symlink('/', path.join(runs, 'root'));
  const forged = new RunLayout(runs, {
    workflowId: 'forged',
    runId: '00000000-0000-4000-8000-000000000001',
  });
  await createRunFolder(forged);
  const report = withFormat({ run: RUN, finishedAt: '2000-01-01T00:00:00Z' });
  await writeFile(forged.report, JSON.stringify(report));
  const broken = new RunLayout(runs, {
    workflowId: 'broken',
    runId: '00000000-0000-4000-8000-000000000001',
  });
  await createRunFolder(broken);
  await writeFile(broken.report, 'not JSON');
  expect(await runsToPurge(runs, Date.parse('2021-01-01T00:00:00Z'), 10)).toEqual([RUN]);
  expect((await allRuns(runs)).map(({ workflowId }) => workflowId).sort()).toEqual([
    'broken',
    'forged',
    'import-1',
  ]);
});
