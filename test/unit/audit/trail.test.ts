import { rm, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/audit/events.js';
import { recordStart } from '../../../src/audit/trail.js';
import type { Mode } from '../../../src/contract/import/input.js';
import type { Ending } from '../../../src/contract/report.js';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { writeReport } from '../../../src/report/write-report.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { Log } from '../../../src/store/log.js';
import { AuditInMemory, away } from '../../support/audit-in-memory.js';
import { identityOf } from '../../support/candidates.js';
import {
  attempt,
  Died,
  journalKeyOf,
  journalPathOf,
  NOW,
  outcomes,
} from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, pathOf, PlannedRun, RUN } from '../../support/planned-run.js';
import { filesIn, textOf } from '../../support/stored.js';

const FILE = `email,role
new@example.com,admin
old@example.com,admin
same@example.com,user
other@example.com,user
`;
const LATER = new Date(NOW.getTime() + 60_000);
const MUCH_LATER = new Date(NOW.getTime() + 600_000);

/** In update mode the first row is created, the second updated and the others are unchanged; two rows a chunk. */
async function given(input: Record<string, unknown> = {}) {
  const kratos = new KratosInMemory();
  const run = await PlannedRun.of(FILE, { kratos, input: { chunkSize: 2, ...input } });
  for (const name of ['old', 'same', 'other']) {
    kratos.store(identityOf({ email: `${name}@example.com`, role: 'user' }));
  }
  const audit = new AuditInMemory();
  const go = (chunk = 1, now = NOW, mode: Mode = 'update') =>
    attempt(run, kratos, { chunk, now, mode, audit });
  return { kratos, run, audit, go };
}

const start = (run: PlannedRun, audit: AuditInMemory, now = NOW) =>
  recordStart({ audit, now: () => now }, RUN, run.folder);

async function report(
  run: PlannedRun,
  audit: AuditInMemory,
  keys: { now?: Date; ending?: Ending; undecidedChunks?: number[] } = {},
) {
  const { now = LATER, ending = 'done', undecidedChunks = [] } = keys;
  const request = {
    run: RUN,
    ending,
    startedAt: NOW.toISOString(),
    settings: inputOf(),
    planned: true,
    undecidedChunks,
    timeline: NO_TIMELINE,
    history: { rows: [], mails: [] },
  };
  return writeReport(run.folder, run.root, request, { audit, now: () => now });
}

async function trail(run: PlannedRun): Promise<AuditEvent[]> {
  const lines = (await textOf(run.folder, run.folder.auditTrail)).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}

const auditFiles = async (run: PlannedRun) =>
  (await filesIn(run.folder)).filter((name) => name.startsWith('audit/'));

/** Of the only chunk that has events. */
async function auditKeyOf(run: PlannedRun): Promise<string> {
  const [name] = await auditFiles(run);
  return `${run.folder.prefix}/${name}`;
}

const names = (events: AuditEvent[]) =>
  events.map(({ event, metadata: { line } }) => `${event}${line === undefined ? '' : ` ${line}`}`);

const OF_CHUNK = ['user_imported 2', 'user_import_updated 3'];

describe('the events of a chunk', () => {
  it('are recorded once its outcomes are on disk, without a search for earlier ones', async () => {
    const { audit, run, go } = await given();
    audit.beforeInsert = async () => expect(await outcomes(run)).toHaveLength(2);
    await go();
    expect(names(audit.events)).toEqual(OF_CHUNK);
    expect(audit.events.map(({ at }) => at)).toEqual([NOW.toISOString(), NOW.toISOString()]);
    expect(audit.searches).toBe(0);
  });

  it('are in the run’s folder, for its owner only', async () => {
    const { run, go } = await given();
    await go();
    const key = await auditKeyOf(run);
    expect((await stat(pathOf(run.folder, key))).mode & 0o777).toBe(0o600);
    expect(await textOf(run.folder, key)).not.toContain('@');
  });

  it('are not written where no user was created or changed', async () => {
    const { audit, run, go } = await given();
    await go(2);
    expect(audit.events).toEqual([]);
    expect(await auditFiles(run)).toEqual([]);
  });

  it('are not written in a live dry run', async () => {
    const { audit, run, go } = await given({ dryRun: 'live' });
    await go();
    expect(audit.events).toEqual([]);
    expect(await auditFiles(run)).toEqual([]);
  });

  it('wait for a database that is away, and keep their time', async () => {
    const { audit, kratos, go } = await given();
    audit.beforeInsert = () => {
      throw away();
    };
    await expect(go()).rejects.toThrow('does not answer');
    await expect(go(1, LATER)).rejects.toThrow('does not answer');
    audit.beforeInsert = () => undefined;
    const asked = { ...kratos.requests };
    expect(await go(1, MUCH_LATER)).toMatchObject({ created: 1, updated: 1 });
    expect(names(audit.events)).toEqual(OF_CHUNK);
    expect(audit.events[0]!.at).toBe(NOW.toISOString());
    expect(kratos.requests).toEqual(asked);
  });

  it('are there once although the attempt died right after they were stored', async () => {
    const { audit, go } = await given();
    audit.afterCommit = () => {
      throw new Died();
    };
    await expect(go()).rejects.toThrow(Died);
    await expect(go(1, LATER)).rejects.toThrow(Died);
    audit.afterCommit = () => undefined;
    await go(1, MUCH_LATER);
    expect(names(audit.events)).toEqual(OF_CHUNK);
  });

  it('are there once although the attempt died before they were on disk', async () => {
    const { audit, run, go } = await given();
    audit.beforeInsert = () => {
      throw away();
    };
    await expect(go()).rejects.toThrow();
    audit.beforeInsert = () => undefined;
    await run.folder.store.remove([await auditKeyOf(run)]);
    await go(1, LATER);
    expect(names(audit.events)).toEqual(OF_CHUNK);
  });

  it('are there once when an attempt that was believed dead goes on beside another', async () => {
    const { audit, go } = await given();
    let other: Promise<unknown> | undefined;
    audit.beforeInsert = () => {
      audit.beforeInsert = () => undefined;
      // The second attempt waits until this one, which began as the first, is done.
      other = go(1, LATER);
    };
    await go();
    await other;
    expect(names(audit.events)).toEqual(OF_CHUNK);
  });

  it('are there once when an attempt that hung goes on after another was done', async () => {
    const { audit, go } = await given();
    const record = audit.record.bind(audit);
    audit.record = async (lock, events, mayBeThere) => {
      audit.record = record;
      await go(1, LATER);
      await record(lock, events, mayBeThere);
    };
    await go();
    expect(names(audit.events)).toEqual(OF_CHUNK);
  });

  it('are there once when the report recorded some of them while the attempt hung', async () => {
    const { audit, kratos, run, go } = await given();
    await start(run, audit);
    const [id] = kratos.byEmail('old@example.com')!;
    kratos.afterRequest = async (request) => {
      if (request !== 'update') return;
      const decided = { line: 3, email: 'x', outcome: 'updated', identityId: id };
      const changes = [{ path: '/traits/role', after: 'admin' }];
      const entry = { outcome: { ...decided, changes, invitation: 'none' } };
      await new Log<object>(run.folder.store, await journalKeyOf(run)).add([entry]);
      await report(run, audit, { ending: 'cancelled', undecidedChunks: [1] });
    };
    await go();
    expect(names(audit.events).toSorted()).toEqual(
      [...OF_CHUNK, 'user_import_started', 'user_import_finished'].toSorted(),
    );
  });

  it('are searched for when the report has removed the journal meanwhile', async () => {
    const { audit, run, go } = await given();
    const record = audit.record.bind(audit);
    audit.record = async (lock, events, mayBeThere) => {
      await rm(await journalPathOf(run), { recursive: true });
      await record(lock, events, mayBeThere);
    };
    await go();
    expect(audit.searches).toBe(1);
  });

  it('are searched for by an attempt that finds no journal', async () => {
    const { audit, run, go } = await given();
    await go();
    await rm(await journalPathOf(run), { recursive: true });
    await go(1, LATER);
    expect(names(audit.events)).toEqual(OF_CHUNK);
  });
});

describe('audit.jsonl', () => {
  it('has the start, the events of each chunk in order, and the end', async () => {
    const { audit, run, go } = await given();
    await start(run, audit);
    await go(2);
    await go(1, LATER);
    const { files } = await report(run, audit, { now: MUCH_LATER });
    expect(files).toEqual(['results.csv', 'audit.jsonl', 'report.json', 'report.html']);
    const events = await trail(run);
    expect(names(events)).toEqual(['user_import_started', ...OF_CHUNK, 'user_import_finished']);
    expect(names(audit.events)).toEqual(names(events));
    expect(audit.events).toEqual(events);
    expect(events.at(-1)).toMatchObject({
      metadata: { ending: 'done', rows: { total: 4, created: 1, updated: 1, unchanged: 2 } },
      at: MUCH_LATER.toISOString(),
    });
    expect((await stat(pathOf(run.folder, run.folder.auditTrail))).mode & 0o777).toBe(0o600);
  });

  it('is the same however often the start, the chunks and the report are done', async () => {
    const { audit, run, go } = await given();
    await start(run, audit);
    await go();
    await go(2);
    await report(run, audit);
    const text = await textOf(run.folder, run.folder.auditTrail);
    await start(run, audit, MUCH_LATER);
    await go(1, MUCH_LATER);
    await report(run, audit, { now: MUCH_LATER });
    expect(await textOf(run.folder, run.folder.auditTrail)).toBe(text);
    expect(names(audit.events)).toEqual([
      'user_import_started',
      ...OF_CHUNK,
      'user_import_finished',
    ]);
  });

  it('has the decided rows of a chunk that did not end', async () => {
    const { audit, run } = await given();
    await start(run, audit);
    const journal = await ChunkJournal.open(run.folder.store, await journalKeyOf(run));
    await journal.decide([
      { line: 3, email: 'x', outcome: 'updated', identityId: 'id-3', invitation: 'none' },
      { line: 2, email: 'x', outcome: 'created', identityId: 'id-2', invitation: 'none' },
    ]);
    await journal.keep();
    const stop = { ending: 'cancelled' as const, undecidedChunks: [1] };
    await report(run, audit, stop);
    const text = await textOf(run.folder, run.folder.auditTrail);
    await report(run, audit, { ...stop, now: MUCH_LATER });
    expect(await textOf(run.folder, run.folder.auditTrail)).toBe(text);
    expect(names(await trail(run))).toEqual([
      'user_import_started',
      ...OF_CHUNK,
      'user_import_finished',
    ]);
    expect(audit.events.toSorted(byTarget)).toEqual((await trail(run)).toSorted(byTarget));
  });

  it('is written when the database does not take the end, which is recorded later', async () => {
    const { audit, run, go } = await given();
    await start(run, audit);
    await go();
    audit.beforeInsert = () => {
      throw away();
    };
    await expect(report(run, audit)).rejects.toThrow('does not answer');
    expect(names(await trail(run))).toContain('user_import_finished');
    audit.beforeInsert = () => undefined;
    await report(run, audit, { now: MUCH_LATER });
    expect(audit.events).toEqual(await trail(run));
  });

  it('is what the database gets also of a start that it had not taken when the run was cancelled', async () => {
    const { run, audit } = await given();
    audit.beforeInsert = () => {
      throw away();
    };
    await expect(start(run, audit)).rejects.toThrow('does not answer');
    audit.beforeInsert = () => undefined;
    await report(run, audit, { ending: 'cancelled' });
    expect(audit.events).toEqual(await trail(run));
    expect(names(audit.events)).toEqual(['user_import_started', 'user_import_finished']);
    expect(audit.events.map(({ at }) => at)).toEqual([NOW.toISOString(), LATER.toISOString()]);
  });

  it('has the new end of a run that was reset after it had been cancelled', async () => {
    const { audit, run, go } = await given();
    await start(run, audit);
    await report(run, audit, { ending: 'cancelled' });
    await go();
    await report(run, audit, { now: MUCH_LATER });
    expect((await trail(run)).at(-1)).toMatchObject({
      metadata: { ending: 'done' },
      at: MUCH_LATER.toISOString(),
    });
    expect(names(audit.events).filter((name) => name === 'user_import_finished')).toHaveLength(2);
  });

  it('is what the database gets also of a chunk that has its outcomes, and not yet its events', async () => {
    const { audit, run, go } = await given();
    await start(run, audit);
    audit.beforeInsert = () => {
      throw away();
    };
    await expect(go()).rejects.toThrow('does not answer');
    expect(await outcomes(run)).toHaveLength(2);
    audit.beforeInsert = () => undefined;
    const stop = { ending: 'cancelled' as const, undecidedChunks: [1, 2] };
    const before = audit.searches;
    await report(run, audit, stop);
    expect(audit.searches - before, 'one search for the chunk and the end').toBe(1);
    await report(run, audit, stop);
    expect(names(await trail(run))).toEqual([
      'user_import_started',
      ...OF_CHUNK,
      'user_import_finished',
    ]);
    expect(audit.events.toSorted(byTarget)).toEqual((await trail(run)).toSorted(byTarget));
  });

  it('is not there when the run never began to import', async () => {
    const { audit, run } = await given();
    const { files } = await report(run, audit, { ending: 'cancelled' });
    expect(files).not.toContain('audit.jsonl');
    expect(await filesIn(run.folder)).not.toContain('audit.jsonl');
    expect(audit.events).toEqual([]);
  });
});

const byTarget = (a: AuditEvent, b: AuditEvent) =>
  a.target + a.event < b.target + b.event ? -1 : 1;
