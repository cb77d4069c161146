import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allRuns, findRun } from '../../../src/store/find-run.js';
import type { RunRef } from '../../../src/contract/ids.js';
import { DiskStore } from '../../../src/store/disk-store.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import type { Store } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { pathOf, temporaryFolder } from '../../support/planned-run.js';

const ID = 'import-2026-11';
const [A, B, C] = ['a', 'b', 'c'].map(
  (letter) => `${letter.repeat(8)}-0000-4000-8000-000000000001`,
) as [string, string, string];

/** Runs of ID: a run with a report has its start in it, another run has only a plan of that time. */
async function runsOf(
  starts: Record<string, { report?: string; plan?: string }>,
): Promise<DiskStore> {
  const store = new DiskStore(await temporaryFolder());
  for (const [runId, { report, plan }] of Object.entries(starts)) {
    const folder = new RunLayout(store, { workflowId: ID, runId });
    await mkdir(pathOf(folder, folder.prefix), { recursive: true });
    if (report) await store.create(folder.report, JSON.stringify({ startedAt: report }));
    if (plan) {
      await store.create(folder.plan, '{}');
      await utimes(pathOf(folder, folder.plan), new Date(plan), new Date(plan));
    }
  }
  return store;
}

async function all(store: Store): Promise<RunRef[]> {
  const runs: RunRef[] = [];
  for await (const run of allRuns(store)) runs.push(run);
  return runs;
}

describe('which run of a workflow id is meant', () => {
  it('is the one that started last, whatever the order of the names', async () => {
    const store = await runsOf({
      [B]: { report: '2026-11-01T10:00:00.000Z' },
      [A]: { report: '2026-11-03T10:00:00.000Z' },
      [C]: { report: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(store, ID)).toEqual({ workflowId: ID, runId: A });
  });

  it('is the one without a report where its plan is the newest: it may still run', async () => {
    const store = await runsOf({
      [A]: { report: '2026-11-01T10:00:00.000Z' },
      [B]: { plan: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(store, ID)).toEqual({ workflowId: ID, runId: B });
  });

  it('is that of the report and not of a plan that was touched since', async () => {
    const store = await runsOf({
      [A]: { report: '2026-11-01T10:00:00.000Z', plan: '2026-11-09T10:00:00.000Z' },
      [B]: { plan: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(store, ID)).toEqual({ workflowId: ID, runId: B });
  });

  it('is the one that is named', async () => {
    const store = await runsOf({
      [A]: { report: '2026-11-01T10:00:00.000Z' },
      [B]: { report: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(store, ID, A)).toEqual({ workflowId: ID, runId: A });
  });

  it('is none where there is none of that name', async () => {
    const store = await runsOf({ [A]: { report: '2026-11-01T10:00:00.000Z' } });
    expect(await findRun(store, 'another')).toBeUndefined();
    expect(await findRun(store, ID, B)).toBeUndefined();
  });

  it('is one that a schedule has started', async () => {
    const store = new MemoryStore();
    const run = { workflowId: 'nightly-2026-11-27T15:00:00Z', runId: A };
    await store.create(new RunLayout(store, run).plan, '{}');
    expect(await findRun(store, run.workflowId)).toEqual(run);
    const all: RunRef[] = [];
    for await (const each of allRuns(store)) all.push(each);
    expect(all).toEqual([run]);
  });

  it('is on one page only, whatever its id', async () => {
    const store = new MemoryStore();
    const ids = ['users', 'users:1', 'users-2', 'users.3', 'users_4'];
    for (const workflowId of ids) {
      await store.create(new RunLayout(store, { workflowId, runId: A }).plan, '{}');
    }
    const all: RunRef[] = [];
    for (;;) {
      const next = await allRuns(store, all.at(-1)).next();
      if (next.done) break;
      all.push(next.value);
    }
    expect(all.map(({ workflowId }) => workflowId).sort()).toEqual(ids.sort());
  });

  it('is none whose folder has the name of no run', async () => {
    const store = await runsOf({ backup: {}, [A]: {} });
    expect(await findRun(store, ID, 'backup')).toBeUndefined();
    expect(await all(store)).toEqual([{ workflowId: ID, runId: A }]);
  });

  it('is none outside the runs folder', async () => {
    const store = await runsOf({ [A]: {} });
    expect(await findRun(store, '..')).toBeUndefined();
    expect(await findRun(store, ID, '..')).toBeUndefined();
    expect(await findRun(store, ID, `../import-2026-11/${A}`)).toBeUndefined();
  });

  it('is none where a file has the name of the folder', async () => {
    const store = await runsOf({});
    await writeFile(join(store.address, ID), '');
    expect(await findRun(store, ID)).toBeUndefined();
  });
});

describe('every run', () => {
  /** In the order of their names, which is not that of the letters: `-` comes before `/`. */
  const REFS = ['a', 'a-b', 'a.b', 'b'].flatMap((workflowId) =>
    [A, B].map((runId) => ({ workflowId, runId })),
  );
  const inOrder = REFS.toSorted((a, b) =>
    `${a.workflowId}/${a.runId}` < `${b.workflowId}/${b.runId}` ? -1 : 1,
  );

  async function stored(): Promise<MemoryStore> {
    const store = new MemoryStore();
    for (const run of REFS) await store.create(new RunLayout(store, run).report, '{}');
    return store;
  }

  it('is found in the order of the names', async () => {
    expect(await all(await stored())).toEqual(inOrder);
  });

  it('is found once when a page begins after the last one of the page before', async () => {
    const store = await stored();
    const found: RunRef[] = [];
    for (let last: RunRef | undefined; ; last = found.at(-1)) {
      const next = await allRuns(store, last).next();
      if (next.done) break;
      found.push(next.value);
    }
    expect(found).toEqual(inOrder);
  });

  it('is not read where its workflow id was used once', async () => {
    const store = new MemoryStore();
    store.read = () => Promise.reject(new Error('read'));
    await store.create(new RunLayout(store, { workflowId: ID, runId: A }).report, '{}');
    expect(await findRun(store, ID)).toEqual({ workflowId: ID, runId: A });
  });
});
