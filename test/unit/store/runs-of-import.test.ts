import { expect, it } from 'vitest';
import { withFormat } from '../../../src/store/format.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { runsOfId, runsOfImport } from '../../../src/store/runs-of-import.js';
import { MemoryStore } from '../../support/memory-store.js';

const runId = (number: number) => `01a21df5-828f-76c7-a99a-00000000000${number}`;

it('are those of its id and of its retries, the newest first; an id that only looks like a retry is none', async () => {
  const store = new MemoryStore();
  const leave = async (workflowId: string, number: number, settings: object) => {
    const run = { workflowId, runId: runId(number) };
    const startedAt = `2026-11-0${number}T10:00:00.000Z`;
    const report = { run, startedAt, settings };
    await store.create(new RunLayout(store, run).report, JSON.stringify(withFormat(report)));
  };
  const retryOf = { workflowId: 'i', runId: runId(1) };
  await leave('i', 1, {});
  await leave('i', 4, {});
  await leave('i-retry-1', 3, { retryOf });
  await leave('i-retry-2', 5, {});
  await leave('i-2', 6, {});
  // One that was terminated leaves no report: its id alone tells.
  const terminated = { workflowId: 'i-retry-3', runId: runId(7) };
  await store.create(new RunLayout(store, terminated).plan, '{}');

  const ids = (found: { run: { workflowId: string; runId: string } }[]) =>
    found.map(({ run }) => `${run.workflowId} ${run.runId.slice(-1)}`);
  expect(ids(await runsOfImport(store, 'i')).filter((id) => !id.endsWith('7'))).toEqual([
    ...['i 4', 'i-retry-1 3', 'i 1'],
  ]);
  expect(ids(await runsOfImport(store, 'i'))).toContain('i-retry-3 7');
  expect(ids(await runsOfId(store, 'i'))).toEqual(['i 4', 'i 1']);
});
