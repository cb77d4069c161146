import { beforeEach, expect, it } from 'vitest';
import type { RunRef } from '../../../src/contract/ids.js';
import { otherRunsOfSameRows } from '../../../src/purge/same-rows.js';
import { withFormat } from '../../../src/store/format.js';
import { StoreError } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';

let runs: MemoryStore;
beforeEach(() => {
  runs = new MemoryStore();
});

let count = 0;
const refOf = (workflowId: string): RunRef => ({
  workflowId,
  runId: `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
});

/** Leaves the folder of a run of an id. */
async function left(
  workflowId: string,
  { file = `${workflowId}.csv`, retryOf = undefined as RunRef | undefined, purgedAt = '' } = {},
): Promise<RunRef> {
  const run = refOf(workflowId);
  const report = { run, settings: { file, retryOf }, ...(purgedAt && { purgedAt }) };
  await write(run, 'report.json', JSON.stringify(withFormat(report)));
  return run;
}

async function write(run: RunRef, name: string, text: string): Promise<void> {
  await runs.replace(`${run.workflowId}/${run.runId}/${name}`, text);
}

const namesFor = async (run: RunRef) =>
  (await otherRunsOfSameRows(runs, [run])).map(({ run: { workflowId } }) => workflowId).toSorted();

it('are the retries and what was retried, whichever attempt is named and whatever its id', async () => {
  const first = await left('users');
  const second = await left('users-retry-1', { retryOf: first });
  const third = await left('by-hand', { retryOf: second });
  await left('users-retry-2-dry-run', { retryOf: second });
  await left('others');
  await left('others-retry-1', { retryOf: refOf('others') });
  const rest = (but: string) =>
    ['by-hand', 'users', 'users-retry-1', 'users-retry-2-dry-run'].filter((id) => id !== but);
  expect(await namesFor(first)).toEqual(rest('users'));
  expect(await namesFor(second)).toEqual(rest('users-retry-1'));
  expect(await namesFor(third)).toEqual(rest('by-hand'));
});

it('are other imports of the same file under the same id, and not of another file', async () => {
  const first = await left('users', { file: 'users-1.csv' });
  const again = await left('users', { file: 'users-1.csv' });
  const other = await left('users', { file: 'users-2.csv' });
  await left('others', { file: 'users-1.csv' });
  expect(await otherRunsOfSameRows(runs, [first])).toEqual([{ run: again, file: 'users-1.csv' }]);
  expect(await otherRunsOfSameRows(runs, [other])).toEqual([]);
});

it('lead over one that is purged already, which is not among them', async () => {
  const first = await left('users');
  const second = await left('users-retry-1', { retryOf: first, purgedAt: '2026-11-02T10:00:00Z' });
  await left('users-retry-2', { retryOf: second });
  expect(await namesFor(first)).toEqual(['users-retry-2']);
});

it('are retries without a report, by their plan and id', async () => {
  const first = await left('users');
  const terminated = refOf('users-retry-1');
  await write(
    terminated,
    'plan/plan.json',
    JSON.stringify(withFormat({ run: terminated, file: 'fixed.csv' })),
  );
  const preview = refOf('users-retry-2-dry-run');
  await write(preview, 'plan/invalid.csv', '');
  expect(await otherRunsOfSameRows(runs, [first])).toEqual([
    { run: terminated, file: 'fixed.csv' },
    { run: preview, file: undefined },
  ]);
});

it('are found beside a folder whose report cannot be read', async () => {
  const first = await left('users');
  await write(refOf('broken'), 'report.json', '{');
  const second = await left('users-retry-1', { retryOf: first });
  expect(await otherRunsOfSameRows(runs, [first])).toEqual([
    { run: second, file: 'users-retry-1.csv' },
  ]);
});

it('are not overlooked because the store did not answer for one of them', async () => {
  const first = await left('users');
  await left('users-retry-1', { retryOf: first });
  const read = runs.read.bind(runs);
  runs.read = (key) =>
    key.startsWith('users-retry-1/') ? Promise.reject(new StoreError('away')) : read(key);
  await expect(otherRunsOfSameRows(runs, [first])).rejects.toThrow('away');
});
