import { expect, it } from 'vitest';
import { toAttempt } from '../../../src/report/attempts.js';
import { noteUndone } from '../../../src/report/note-undone.js';
import { saveReport } from '../../../src/report/save-report.js';
import { readReport } from '../../../src/store/report-file.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';
import { RUN } from '../../support/planned-run.js';
import { after, reportOf } from '../../support/reports.js';

const UNDONE = {
  ...{ at: after(7200), actor: 'bob', workflowId: 'import-1-undo', forced: false },
  ...{ deleted: 9_612, restored: 0, kept: {}, already_deleted: 0, mailed: 0, not_reached: 0 },
};

it('an undo of a run is told to the reports and pages of the later runs and retries of its import', async () => {
  const store = new MemoryStore();
  const first = reportOf();
  const attempts = [toAttempt(first)];
  const again = { ...RUN, runId: '00000000-0000-4000-8000-000000000002' };
  const retry = {
    workflowId: `${RUN.workflowId}-retry-1`,
    runId: '00000000-0000-4000-8000-000000000003',
  };
  const later = [again, retry].map((run) => reportOf({ run, attempts, startedAt: after(5000) }));
  for (const report of [first, ...later])
    await saveReport(new RunLayout(store, report.run), report, undefined);

  await noteUndone(store, RUN, UNDONE);

  for (const { run } of later) {
    const folder = new RunLayout(store, run);
    expect((await readReport(folder))?.attempts?.[0]?.undone).toEqual(UNDONE);
    const page = (await store.read(folder.page))!.bytes.toString();
    expect(page).toMatch(/<strong>undone<\/strong> 2 Nov 2026, 11:00:00 UTC by <bdi>bob/);
  }
});

it('is told of a run of another file under the same id as well', async () => {
  const store = new MemoryStore();
  const first = reportOf();
  const run = { ...RUN, runId: '00000000-0000-4000-8000-000000000002' };
  const later = reportOf({ run, otherFiles: [toAttempt(first)], startedAt: after(5000) });
  for (const report of [first, later])
    await saveReport(new RunLayout(store, report.run), report, undefined);
  await noteUndone(store, RUN, UNDONE);
  const noted = await readReport(new RunLayout(store, run));
  expect(noted?.otherFiles?.[0]?.undone).toEqual(UNDONE);
  expect(noted).not.toHaveProperty('attempts');
});
