import { beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { rewriteReport } from '../../../src/report/rewrite-report.js';
import { writeReport, type ReportRequest } from '../../../src/report/write-report.js';
import { readOutcomes } from '../../../src/store/outcomes.js';
import { UndoLedger } from '../../../src/store/undo-ledger.js';
import { attempt } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { inputOf, PlannedRun } from '../../support/planned-run.js';

const HEADER = 'email,role\n';
const ROWS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@example.com,user\n`);
const FILE = HEADER + ROWS.join('');

/** Of the clock that plans are dated by, so that a run without a report is dated as well. */
const START = Date.now() + 1000;
const after = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

let store: MemoryStore;
let kratos: KratosInMemory;
let seconds: number;
beforeEach(() => {
  store = new MemoryStore();
  kratos = new KratosInMemory();
  seconds = 0;
});

interface Given {
  id?: string;
  file?: string;
  /** Chunks of two rows that are imported. */
  chunks?: number[];
  ending?: Report['ending'];
  input?: Record<string, unknown>;
}

/** A run that has ended, without its report. */
async function imported({ id = 'users', file = FILE, chunks = [1, 2, 3], input }: Given = {}) {
  const number = ++seconds;
  const runId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const keys = { chunkSize: 2, onInvalid: 'import-valid', ...input };
  const run = await PlannedRun.of(file, {
    ...{ kratos, store, input: keys },
    run: { workflowId: id, runId },
  });
  for (const chunk of chunks) await attempt(run, kratos, { chunk });
  return { run, number, settings: inputOf(keys) };
}

async function ended(given: Given = {}): Promise<{ run: PlannedRun; report: Report }> {
  const { run, number, settings } = await imported(given);
  const request: ReportRequest = {
    run: run.run,
    ending: given.ending ?? 'done',
    startedAt: after(number * 100),
    settings,
    planned: true,
    undecidedChunks: [],
    timeline: NO_TIMELINE,
    history: { rows: [], mails: [] },
  };
  const now = () => new Date(after(number * 100 + 50));
  return { run, report: await writeReport(run.folder, run.root, request, { now }) };
}

/** Takes back what a run has created, as an undo leaves it. */
async function undo(run: PlannedRun, at: string): Promise<void> {
  for (let number = 1; number <= run.plan.findings.chunks; number++) {
    const chunk = await run.chunk(number);
    const created = ((await readOutcomes(chunk)) ?? []).filter((row) => row.outcome === 'created');
    const ledger = await UndoLedger.open(chunk);
    ledger.add(
      created.map(({ line, identityId = '' }) => ({
        ...({ line, identityId, undone: 'deleted', at, undo: 'undo-1', actor: 'alice' } as const),
      })),
    );
    await ledger.save();
    for (const { identityId } of created) await kratos.remove(identityId!);
  }
  await rewriteReport(run.folder, (report) => ({
    ...report,
    undone: {
      ...{ at, actor: 'alice', workflowId: 'undo-users', forced: false },
      ...{
        deleted: report.rows.created,
        restored: 0,
        kept: {},
        already_deleted: 0,
        mailed: 0,
        not_reached: 0,
      },
    },
  }));
}

describe('the report of a file that is started again', () => {
  it('adds up what each of its runs has created', async () => {
    await ended({ chunks: [1, 2], ending: 'cancelled' });
    const { report } = await ended();
    expect(report.rows).toMatchObject({ total: 6, created: 2, skipped: 4 });
    expect(report.combined).toMatchObject({ total: 6, created: 6, skipped: 0, unprocessed: 0 });
    expect(report.combined?.invitations).toEqual({ due: 6, sent: 0, failed: 0 });
    expect(report.attempts).toMatchObject([
      { ending: 'cancelled', rows: { created: 4, unprocessed: 2 }, file: 'users.csv' },
    ]);
  });

  it('knows a run that was terminated by what it has left', async () => {
    await imported({ chunks: [1] });
    const { report } = await ended();
    expect(report.combined).toMatchObject({ total: 6, created: 6, skipped: 0 });
    const [earlier] = report.attempts!;
    expect(earlier).toMatchObject({ rows: { created: 2, unprocessed: 4 }, actor: 'alice' });
    expect(earlier?.ending).toBeUndefined();
  });

  it('counts a user who was deleted in between by what came of the row since', async () => {
    const { run } = await ended({ chunks: [1, 2], ending: 'cancelled' });
    await undo(run, after(160));
    const { report } = await ended({ chunks: [1], ending: 'cancelled' });
    expect(report.combined).toMatchObject({ total: 6, created: 2, unprocessed: 4 });
    expect(report.attempts?.[0]?.undone).toMatchObject({ deleted: 4 });
  });

  it('leaves out dry runs, and is no sum where there is nothing to add', async () => {
    await ended({ input: { dryRun: 'file' }, chunks: [], ending: 'dry-run' });
    const { report } = await ended();
    expect(report).not.toHaveProperty('combined');
    const { report: dryRun } = await ended({ input: { dryRun: 'file' }, chunks: [] });
    expect(dryRun).not.toHaveProperty('attempts');
  });

  it('names the runs of another file under the same id, and does not add them up', async () => {
    await ended({ file: `${HEADER}x@example.com,user\n`, chunks: [1] });
    const { report } = await ended();
    expect(report).not.toHaveProperty('combined');
    expect(report.otherFiles).toMatchObject([{ rows: { total: 1, created: 1 } }]);
  });

  it('counts the rows of one that was stopped before it imported any', async () => {
    await ended({ chunks: [1] });
    const { report } = await ended({ chunks: [], ending: 'cancelled' });
    expect(report.rows).toMatchObject({ total: 6, created: 0 });
    expect(report.combined).toMatchObject({ total: 6, created: 2, unprocessed: 4 });
  });

  it('is the same when it is written again', async () => {
    await ended({ chunks: [1], ending: 'cancelled' });
    const { run, report } = await ended();
    const request = { ...report, planned: true, undecidedChunks: [], timeline: NO_TIMELINE };
    const now = () => new Date(report.finishedAt);
    expect(await writeReport(run.folder, run.root, request, { now })).toEqual(report);
  });
});

describe('the report of a retry', () => {
  const broken = HEADER + ROWS.slice(0, 4).join('') + 'nobody,user\nbad@example.com,owner\n';
  const corrected = `${HEADER}somebody@example.com,user\nbad@example.com,user\n`;

  it('adds up all runs of the file and of its corrected copy', async () => {
    await ended({ file: broken, chunks: [1], ending: 'cancelled' });
    const { report: base } = await ended({ file: broken });
    expect(base.combined).toMatchObject({ created: 4, invalid: 2 });
    const retry = { id: 'users-retry-1', file: corrected, input: { retryOf: base.run } };
    const { report } = await ended({ ...retry, chunks: [1] });
    expect(report.combined).toMatchObject({ total: 6, created: 6, invalid: 0, dropped: 0 });
    expect(report.attempts).toHaveLength(2);
  });

  it('goes on where another retry was stopped, whatever its file was', async () => {
    const { report: base } = await ended({ file: broken });
    const input = { retryOf: base.run, chunkSize: 1 };
    await ended({ id: 'users-retry-1', file: corrected, chunks: [1], ending: 'cancelled', input });
    const again = { id: 'users-retry-2', chunks: [1, 2], input };
    const { report: same } = await ended({ ...again, file: corrected });
    expect(same.rows).toMatchObject({ created: 1, skipped: 1 });
    expect(same.combined).toMatchObject({ total: 6, created: 6, skipped: 0 });
    const { report: other } = await ended({
      ...{ ...again, id: 'users-retry-3' },
      file: `${HEADER}bad@example.com,user\nsomebody@example.com,user\n`,
    });
    expect(other.combined).toMatchObject({ total: 6, created: 6, skipped: 0, added: 0 });
  });

  it('counts in the next run of the first file', async () => {
    const { report: base } = await ended({ file: broken });
    const input = { retryOf: base.run };
    await ended({ id: 'users-retry-1', file: corrected, chunks: [1], input });
    const { report } = await ended({ file: broken });
    expect(report.rows).toMatchObject({ skipped: 4, invalid: 2 });
    expect(report.combined).toMatchObject({ total: 6, created: 6, invalid: 0 });
    expect(report.attempts?.map(({ run }) => run.workflowId)).toEqual(['users', 'users-retry-1']);
  });

  it('is no sum where the report of the run that it retries is gone', async () => {
    const retryOf = { workflowId: 'users', runId: '00000000-0000-4000-8000-999999999999' };
    const { report } = await ended({ id: 'users-retry-1', input: { retryOf } });
    expect(report).not.toHaveProperty('combined');
    expect(report.warnings).toContainEqual(expect.stringContaining('there is no sum'));
  });
});
