import { describe, expect, it } from 'vitest';
import type { Execution } from '../../../src/cli/executions.js';
import { renderImport, renderImports } from '../../../src/cli/render-runs.js';
import { toListedImport, type SeenRun } from '../../../src/cli/seen-run.js';
import type { Progress } from '../../../src/contract/import/progress.js';
import type { Report } from '../../../src/contract/report.js';
import { toAttempt } from '../../../src/report/attempts.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';
import { after, reportOf, rowsOf } from '../../support/reports.js';
import { textsOf } from '../../support/lines.js';
import { progressOf } from '../../support/progress.js';

const ID = 'import-users-2f6c0a9b1d3e';
const runIdOf = (n: number): string => `7c9e6679-7425-40de-944b-e07fc1f90ae${n}`;

function execution(n: number, keys: Partial<Execution> = {}): Execution {
  return {
    ...{ workflowId: ID, runId: runIdOf(n), type: 'importUsers', status: 'completed' },
    startedAt: after(n * 100),
    ...(keys.status !== 'running' && { endedAt: after(n * 100 + 50) }),
    ...keys,
  };
}

/** A run that the store knows. */
function known(n: number, keys: Partial<Report> = {}, workflowId = ID): SeenRun {
  const run = { workflowId, runId: runIdOf(n) };
  const startedAt = after(n * 100);
  const report = reportOf({ run, startedAt, ...keys });
  return {
    known: {
      run,
      folder: new RunLayout(new MemoryStore(), run),
      report,
      plan: undefined,
      startedAt,
    },
  };
}

const going = (keys: Partial<Progress>): Progress =>
  progressOf({ rows: { ...rowsOf({ total: 10, created: 3 }), done: 3 }, ...keys });

describe('an import in the list', () => {
  it('has the state, the counts and the next command of its newest run', () => {
    const combined = {
      ...rowsOf({ total: 200, created: 200 }),
      ...{ dropped: 0, added: 0, invitations: { due: 0, sent: 0, failed: 0 } },
    };
    const seen = [
      known(1, {
        ending: 'cancelled',
        rows: rowsOf({ total: 200, created: 140, unprocessed: 60 }),
      }),
      known(2, { combined, rows: rowsOf({ total: 200, created: 60, skipped: 140 }) }),
    ];
    expect(toListedImport(ID, seen)).toMatchObject({
      ...{ workflowId: ID, state: 'done', next: `user-import report ${ID}` },
      rows: { total: 200, created: 200 },
      runs: [
        { runId: runIdOf(2), state: 'done' },
        { runId: runIdOf(1), next: `user-import report ${ID} --run ${runIdOf(1)}` },
      ],
    });
  });

  it.each([
    [{ phase: 'awaiting-approval', paused: false }, 'awaiting-approval', 'approve'],
    [{ paused: true }, 'paused', 'resume'],
    [{}, 'running', 'watch'],
  ] as const)('that goes on has the command that it waits for: %o', (keys, state, command) => {
    const seen = [{ execution: execution(1, { status: 'running' }), progress: going(keys) }];
    const next = `user-import ${command} ${ID}`;
    expect(toListedImport(ID, seen)).toMatchObject({ state, next, rows: { created: 3 } });
  });

  it('says where no worker answers, and where nobody knows how a run ended', () => {
    const noAnswer = toListedImport(ID, [{ execution: execution(1, { status: 'running' }) }]);
    expect(noAnswer).toMatchObject({ state: 'no-answer', next: `user-import status ${ID}` });
    const { known: run } = known(1);
    expect(toListedImport(ID, [{ known: { ...run!, report: undefined } }])).toMatchObject({
      state: 'no-report',
    });
    const ended = {
      known: { ...run!, report: undefined },
      execution: execution(1, { status: 'terminated' }),
    };
    expect(toListedImport(ID, [ended])).toMatchObject({ state: 'terminated' });
  });

  it('is being undone while an undo goes on, which has ended otherwise', () => {
    const undo = { workflowId: `undo-${ID}`, type: 'undoImport' };
    const progress = { undoOf: null, phase: 'awaiting-approval', paused: false } as never;
    const going = { execution: execution(3, { ...undo, status: 'running' }), progress };
    expect(toListedImport(ID, [known(1), going])).toMatchObject({
      ...{ state: 'being-undone', next: `user-import approve undo-${ID}` },
      runs: [{ kind: 'undo' }, { kind: 'run' }],
    });
    const ended = { execution: execution(3, undo) };
    expect(toListedImport(ID, [known(1), ended])).toMatchObject({ state: 'done' });
  });

  it('is undone where its newest run had nobody to undo, and partly where users are left', () => {
    const undone = {
      ...{ at: after(9000), actor: 'bob', workflowId: `undo-${ID}`, forced: false },
      ...{ deleted: 200, restored: 0, kept: {}, already_deleted: 0, mailed: 0, not_reached: 0 },
    };
    const of = (keys: Partial<typeof undone>) => {
      const first = known(1, {
        rows: rowsOf({ total: 200, created: 200 }),
        undone: { ...undone, ...keys },
      });
      const attempts = [toAttempt(first.known!.report!)];
      const newest = known(2, { attempts, rows: rowsOf({ total: 200, skipped: 200 }) });
      return toListedImport(ID, [first, newest])!;
    };
    const all = of({});
    expect(all).toMatchObject({ state: 'undone', runs: [{ state: 'done' }, { state: 'undone' }] });
    expect(textsOf(renderImports([all], false, 20))[1]).toBe(
      '  undone (200 deleted); 200 skipped; 2 runs',
    );
    const part = of({ deleted: 150, not_reached: 50 });
    expect(part).toMatchObject({
      state: 'partly-undone',
      runs: [{ state: 'done' }, { state: 'partly-undone' }],
    });
    expect(renderImport(part, 20)).toContainEqual(
      expect.objectContaining({
        tone: 'attention',
        text: '  partly undone (150 deleted, 50 not reached); 200 created',
      }),
    );
  });

  it('has the retries of its rejected rows', () => {
    const retry = known(2, { rows: rowsOf({ total: 5, created: 5 }) }, `${ID}-retry-1`);
    const found = toListedImport(ID, [known(1), retry])!;
    expect(found).toMatchObject({ workflowId: ID, runs: [{ kind: 'retry' }, { kind: 'run' }] });
    expect(toListedImport(ID, [])).toBeUndefined();
  });

  it('fits into 80 columns but for ids and commands', () => {
    const imports = [toListedImport(ID, [known(1), known(2, { purgedAt: after(1) })])!];
    const lines = [...renderImports(imports, true, 20), ...renderImport(imports[0]!, 1)].map(
      (line) => (typeof line === 'string' ? line : line.text),
    );
    expect(lines).toContain('More are there: user-import runs --limit 100');
    expect(lines).toContain(`1 older ones: user-import runs ${ID} --limit 2`);
    expect(lines.some((line) => line.includes('done, purged'))).toBe(true);
    for (const line of lines) {
      if (!line.includes('user-import')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });
});
