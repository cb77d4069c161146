/** What a report, an undo and a purge ask of a store that is far away. */
import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { recordStart } from '../../../src/audit/trail.js';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { purgeRun } from '../../../src/purge/purge-run.js';
import { writeReport } from '../../../src/report/write-report.js';
import { addInvitation } from '../../../src/store/invitation-ledger.js';
import { UndoLedger } from '../../../src/store/undo-ledger.js';
import type { Content, ReadOptions } from '../../../src/store/store.js';
import { writeUndo } from '../../../src/undo/write-undo.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { CountingStore } from '../../support/counting-store.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, PlannedRun, RUN } from '../../support/planned-run.js';

/** Answers only when others have had the time to ask, and knows how many of them did. */
class DistantStore extends CountingStore {
  mostAtOnce = 0;
  private asked = 0;

  override async read(key: string, options?: ReadOptions): Promise<Content | undefined> {
    this.asked += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.asked);
    for (let turn = 0; turn < 10; turn += 1) await tick();
    this.asked -= 1;
    return super.read(key, options);
  }
}

/** A row a chunk, every user due a mail that has gone out, but for an unprocessed one at the end. */
async function imported(chunks: number): Promise<{ store: DistantStore; run: PlannedRun }> {
  const emails = Array.from({ length: chunks + 1 }, (_, i) => `user${i}@example.com\n`);
  const store = new DistantStore();
  const kratos = new KratosInMemory();
  const input = { chunkSize: 1 };
  const run = await PlannedRun.of(`email\n${emails.join('')}`, { kratos, store, input });
  await recordStart({ now: () => NOW }, RUN, run.folder);
  for (let number = 1; number <= chunks; number += 1) {
    await attempt(run, kratos, { chunk: number });
    const chunk = await run.chunk(number);
    const at = NOW.toISOString();
    await addInvitation(chunk, { line: chunk.range.line, state: 'sent', at });
  }
  store.take();
  store.mostAtOnce = 0;
  return { store, run };
}

async function report(run: PlannedRun): Promise<void> {
  const request = {
    ...{ run: RUN, ending: 'cancelled' as const, startedAt: NOW.toISOString() },
    ...{ settings: inputOf(), planned: true, undecidedChunks: [] },
    ...{ timeline: NO_TIMELINE, history: { rows: [], mails: [] } },
  };
  await writeReport(run.folder, run.root, request, { now: () => NOW });
}

const undoOf = (run: PlannedRun) => ({
  ...{ run: RUN, folder: run.folder, plan: run.plan },
  ...{ undo: { workflowId: 'undo', runId: 'undo-run' }, actor: 'bob', force: false },
});

/** What `work` asks for more of for each chunk more. */
async function aChunk(
  work: (run: PlannedRun) => Promise<unknown>,
  prepare: (run: PlannedRun, chunks: number) => Promise<void> = () => Promise.resolve(),
): Promise<Record<string, number>> {
  const [few, many] = [10, 30];
  const counts: Record<string, number>[] = [];
  for (const chunks of [few, many]) {
    const { store, run } = await imported(chunks);
    await prepare(run, chunks);
    store.take();
    await work(run);
    counts.push(store.take());
  }
  const [first = {}, second = {}] = counts;
  const each = Object.entries(second).map(
    ([kind, count]) => [kind, (count - (first[kind] ?? 0)) / (many - few)] as const,
  );
  return Object.fromEntries(each.filter(([, count]) => count !== 0));
}

describe('for each chunk', () => {
  it('a report reads outcomes and events, and lists the mails: once, in one pass', async () => {
    expect(await aChunk(report)).toEqual({ read: 2, list: 1 });
  });

  it('the files of an undo take outcomes, mails and the ledger, in one pass', async () => {
    const undone = async (run: PlannedRun, chunks: number) => {
      await report(run);
      for (let number = 1; number <= chunks; number += 1) {
        await UndoLedger.open(await run.chunk(number));
      }
    };
    const write = (run: PlannedRun) => writeUndo(undoOf(run), () => NOW);
    expect(await aChunk(write, undone)).toEqual({ read: 2, list: 2 });
  });

  it('a purge reads the outcomes, and writes them anew', async () => {
    const purge = (run: PlannedRun) =>
      purgeRun(
        { importRoot: run.root, runs: run.folder.store, now: () => NOW },
        { run: RUN, purge: { workflowId: 'purge', runId: 'p' }, actor: 'olga', byRetention: false },
        () => Promise.resolve(false),
        () => undefined,
      );
    expect(await aChunk(purge, report)).toEqual({ read: 1, replace: 1 });
  });
});

it('a report reads some chunks at once, and never many', async () => {
  const { store, run } = await imported(40);
  await report(run);
  expect(store.mostAtOnce).toBeGreaterThanOrEqual(7);
  expect(store.mostAtOnce).toBeLessThanOrEqual(20);
});
