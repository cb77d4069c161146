import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/audit/events.js';
import { recordStart } from '../../../src/audit/trail.js';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { isOld, runsToPurge } from '../../../src/purge/old-runs.js';
import { purgeRun } from '../../../src/purge/purge-run.js';
import { writeReport, type ReportRequest } from '../../../src/report/write-report.js';
import { readJournal } from '../../../src/store/chunk-journal.js';
import { parseLines } from '../../../src/store/json-lines.js';
import { StoreRoot } from '../../../src/store/store-root.js';
import { readReport } from '../../../src/store/report-file.js';
import { rewriteReport } from '../../../src/report/rewrite-report.js';
import { StoreError, VersionChanged } from '../../../src/store/store.js';
import { attempt, journalKeyOf } from '../../support/chunk-attempts.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { inputOf, PlannedRun, RUN } from '../../support/planned-run.js';
import { filesIn, textOf } from '../../support/stored.js';

/** Each of its cells has the word that must be nowhere afterwards. */
const FILE = `email,first_name,role
marked-1@example.com,Marked One,user
marked-2,Marked Two,user
marked-3@example.com,Marked Three,user
marked-4@example.com,Marked Four,user
`;
const DAY_MS = 86_400_000;
const ENDED = new Date('2026-11-02T10:00:00Z');
const PURGED = new Date(ENDED.getTime() + 40 * DAY_MS);

let store: MemoryStore;
let run: PlannedRun;
let request: ReportRequest;
let purges = 0;

/** Chunk 1 is imported, chunk 2 ended in its middle; the operator has put a corrected copy beside them. */
beforeEach(async () => {
  store = new MemoryStore();
  const kratos = new KratosInMemory();
  const input = { chunkSize: 2, onInvalid: 'import-valid' };
  run = await PlannedRun.of(FILE, { kratos, store, input });
  const deps = { now: () => ENDED };
  await recordStart(deps, RUN, run.folder);
  await attempt(run, kratos, { now: ENDED });
  const journal = await ChunkJournal.open(store, await journalKeyOf(run, 2));
  await journal.intend([
    { line: 4, changes: [{ path: '/traits/name', before: 'Marked', after: 'Marked' }] },
  ]);
  await journal.decide([
    { line: 4, email: 'marked-3@example.com', outcome: 'failed', invitation: 'none' },
  ]);
  await journal.keep();
  request = {
    ...{ run: RUN, ending: 'cancelled' as const, startedAt: ENDED.toISOString() },
    ...{ settings: inputOf(), planned: true, undecidedChunks: [2] },
    ...{ timeline: NO_TIMELINE, history: { rows: [], mails: [] } },
  };
  await writeReport(run.folder, run.root, request, deps);
  await store.create(`${run.folder.prefix}/outcomes/corrected.csv`, 'marked-2@example.com');
});

function purge({ byRetention = false, now = PURGED, importRoot = run.root } = {}) {
  purges += 1;
  const runId = `01a203a3-5f8b-73ab-9d32-${String(purges).padStart(12, '0')}`;
  return purgeRun(
    { importRoot, runs: store, now: () => now },
    { run: RUN, purge: { workflowId: 'purge', runId }, actor: 'olga', byRetention },
    () => Promise.resolve(false),
    () => undefined,
  );
}

async function marked(): Promise<string[]> {
  const names: string[] = [];
  for (const name of await filesIn(run.folder)) {
    const text = await textOf(run.folder, `${run.folder.prefix}/${name}`);
    if (/marked/i.test(text)) names.push(name);
  }
  return names;
}

async function purgeEvents(): Promise<AuditEvent[]> {
  const events = parseLines<AuditEvent>(await textOf(run.folder, run.folder.auditTrail));
  return events.filter(({ event }) => event === 'user_import_purged');
}

describe('a purge', () => {
  it('leaves no value of any row under any key', async () => {
    expect((await marked()).length).toBeGreaterThan(5);
    const purged = await purge();
    expect(await marked()).toEqual([]);
    expect(purged).toMatchObject({ reduced: 2, source: { file: 'users.csv', outcome: 'yours' } });
    expect(purged.kept).toEqual(['audit.jsonl', 'report.html', 'report.json']);
    expect((await readReport(run.folder))?.purgedAt).toBe(PURGED.toISOString());
  });

  it('keeps what an undo needs, of a chunk that did not end as well', async () => {
    const before = await readJournal(store, await journalKeyOf(run, 2));
    await purge();
    const { attempts, outcomes } = await readJournal(store, await journalKeyOf(run, 2));
    expect(attempts).toEqual(before.attempts);
    expect([...outcomes.keys()]).toEqual([4]);
    const names = await filesIn(run.folder);
    expect(names.filter((name) => name.includes('.journal/'))).toHaveLength(1);
    expect(names.filter((name) => /^outcomes\/1-\w+\.jsonl$/.test(name))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith('plan/'))).toHaveLength(2);
  });

  it('that died before the entries of a journal were removed is ended by the next one', async () => {
    const remove = store.remove.bind(store);
    store.remove = (keys) =>
      keys.some((key) => key.includes('.journal/'))
        ? Promise.reject(new Error('died'))
        : remove(keys);
    await expect(purge()).rejects.toThrow('died');
    store.remove = remove;
    await purge();
    expect(await marked()).toEqual([]);
  });

  it('stays, whatever an attempt at the report writes that hung meanwhile', async () => {
    const write = store.write.bind(store);
    store.write = (key, fill) =>
      write(key, async (writer) => {
        await fill(writer);
        if (key !== run.folder.results) return;
        store.write = write;
        await purge();
      });
    const hung = writeReport(run.folder, run.root, request, { now: () => ENDED });
    await expect(hung).rejects.toThrow(VersionChanged);
    expect(await marked()).toEqual([]);
    expect(await purgeEvents()).toHaveLength(1);
    expect((await readReport(run.folder))?.purgedAt).toBe(PURGED.toISOString());
  });

  it('has an event for each time that somebody asked for it', async () => {
    await purge();
    await purge();
    expect(await purgeEvents()).toHaveLength(2);
  });

  it('tells what the store says of versions that it keeps', async () => {
    const forgetful: MemoryStore & { forget?: (prefix: string) => Promise<string> } = store;
    forgetful.forget = (prefix) => Promise.resolve(`versions below ${prefix} stay`);
    expect((await purge()).versionsLeft).toBe(`versions below ${run.folder.prefix} stay`);
  });
});

it('a purge that died between the removal of a copy and that of its versions is ended by the next one', async () => {
  class Versioned extends MemoryStore {
    forgotten: string[] = [];
    isAway = true;
    forget(prefix: string): Promise<undefined> {
      if (this.isAway) return Promise.reject(new StoreError('away'));
      this.forgotten.push(prefix);
      return Promise.resolve(undefined);
    }
  }
  const sources = new Versioned();
  const { sha256 } = (await readReport(run.folder))!;
  const file = `users-${sha256!.slice(0, 12)}.csv`;
  await sources.create(file, FILE);
  await rewriteReport(run.folder, (report) => ({
    ...report,
    settings: { ...report.settings, file },
  }));
  const importRoot = new StoreRoot(sources);
  await expect(purge({ importRoot })).rejects.toThrow('away');
  sources.isAway = false;
  expect((await purge({ importRoot })).source).toEqual({ file, outcome: 'gone' });
  expect(sources.forgotten).toEqual([file]);
});

describe('the sweep of a run that was purged', () => {
  const dueAt = (now: Date) =>
    runsToPurge(store, { before: now.getTime() - 30 * DAY_MS, most: 10, now });
  const afterDays = (days: number) => new Date(PURGED.getTime() + days * DAY_MS);

  it('comes a day later, and removes what an attempt that had died had sent', async () => {
    await purge({ byRetention: true });
    await store.create(run.folder.results, 'marked-1@example.com');
    expect(await dueAt(afterDays(1))).toEqual([RUN]);
    await purge({ byRetention: true, now: afterDays(1) });
    expect(await marked()).toEqual([]);
    expect((await readReport(run.folder))?.purgedAt).toBe(PURGED.toISOString());
    expect(await purgeEvents()).toHaveLength(2);
    expect(await dueAt(afterDays(3))).toEqual([]);
  });

  it('leaves no event where it finds nothing', async () => {
    await purge({ byRetention: true });
    const swept = await purge({ byRetention: true, now: afterDays(1) });
    expect(swept).toMatchObject({ removed: 0, reduced: 0 });
    expect(await purgeEvents()).toHaveLength(1);
  });

  it('comes also for a run that is younger than the retention', async () => {
    const soon = new Date(ENDED.getTime() + DAY_MS);
    await purge({ now: soon });
    expect(await isOld(run.folder, soon.getTime() - 30 * DAY_MS)).toBe(true);
    expect(await dueAt(soon)).toEqual([RUN]);
  });
});
