import { beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { findRetryChain } from '../../../src/store/find-attempts.js';
import { withFormat } from '../../../src/store/format.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';

let runs: MemoryStore;
beforeEach(() => {
  runs = new MemoryStore();
});

const RUN_ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

/** Leaves the folder of the only run of an id; `first` is the run id of the first attempt of which it is a retry. */
async function left(
  workflowId: string,
  ending: Report['ending'] | undefined,
  { first = '' } = {},
): Promise<void> {
  const folder = new RunLayout(runs, { workflowId, runId: RUN_ID });
  await runs.create(folder.plan, '{}');
  if (!ending) return;
  const attempts = first === '' ? undefined : [{ run: { workflowId: 'users', runId: first } }];
  const { run } = folder;
  const report = withFormat({ run, ending, startedAt: '2026-11-01T08:00:00Z', attempts });
  await runs.replace(folder.report, JSON.stringify(report));
}

const RETRY = { first: RUN_ID };

describe('the attempts of an import', () => {
  it('are found by the id that a schedule gave', async () => {
    const id = 'nightly-2026-11-27T15:00:00Z';
    await left(id, 'done');
    await left(`${id}-retry-1`, 'done', RETRY);
    expect(await findRetryChain(runs, `${id}-retry-1`)).toMatchObject({
      first: id,
      base: { run: { workflowId: `${id}-retry-1` } },
      next: `${id}-retry-2`,
    });
  });

  it('are none where there is no run of that id', async () => {
    await left('others', 'done');
    expect(await findRetryChain(runs, 'users')).toBeUndefined();
    expect(await findRetryChain(runs, 'users-retry-1')).toBeUndefined();
  });

  it('begin with the import itself', async () => {
    await left('users', 'done');
    const chain = await findRetryChain(runs, 'users');
    expect(chain).toMatchObject({ first: 'users', next: 'users-retry-1' });
    expect(chain?.base?.run.workflowId).toBe('users');
    expect(chain?.unfinished).toBeUndefined();
  });

  it('go on from the newest one that ran to its end, whichever attempt is named', async () => {
    await left('users', 'done');
    for (const n of [2, 9, 10]) await left(`users-retry-${n}`, 'done', RETRY);
    for (const id of ['users', 'users-retry-2', 'users-retry-10']) {
      const chain = await findRetryChain(runs, id);
      expect(chain).toMatchObject({ first: 'users', next: 'users-retry-11' });
      expect(chain?.base?.run.workflowId).toBe('users-retry-10');
    }
  });

  it.each(['cancelled', 'validation-failed', undefined] as const)(
    'do not build on one that did not run to its end (%s)',
    async (ending) => {
      await left('users', 'done');
      await left('users-retry-1', ending, RETRY);
      const chain = await findRetryChain(runs, 'users');
      expect(chain?.base?.run.workflowId).toBe('users');
      expect(chain?.unfinished).toMatchObject({ workflowId: 'users-retry-1' });
      expect(chain?.next).toBe('users-retry-2');
      await left('users-retry-2', 'done', RETRY);
      expect((await findRetryChain(runs, 'users'))?.unfinished).toBeUndefined();
    },
  );

  it('leave out the attempts of an earlier run under the same id', async () => {
    await left('users', 'done');
    await left('users-retry-1', 'done', { first: 'another-run-of-users' });
    const chain = await findRetryChain(runs, 'users');
    expect(chain?.base?.run.workflowId).toBe('users');
    expect(chain?.next).toBe('users-retry-2');
  });

  it('have no base when the import itself did not run to its end', async () => {
    await left('users', 'cancelled');
    const chain = await findRetryChain(runs, 'users');
    expect(chain?.base).toBeUndefined();
    expect(chain?.firstReport?.ending).toBe('cancelled');
  });

  it('are its own for an import whose id only looks like that of a retry', async () => {
    await left('users-retry-1', 'done');
    expect(await findRetryChain(runs, 'users-retry-1')).toMatchObject({
      first: 'users-retry-1',
      next: 'users-retry-1-retry-1',
    });
  });
});
