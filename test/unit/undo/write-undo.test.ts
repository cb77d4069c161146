/** What several undos of one run leave in its report. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { RetryAfterGate } from '../../../src/kratos/retry-after-gate.js';
import { saveReport } from '../../../src/report/save-report.js';
import { readReport } from '../../../src/store/report-file.js';
import { undoChunk } from '../../../src/undo/undo-chunk.js';
import { turnsOfRequests } from '../../../src/flow-control/turns.js';
import { writeUndo } from '../../../src/undo/write-undo.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';
import { reportOf } from '../../support/reports.js';

it('an undo that finds nothing to do leaves who has undone the run, and when', async () => {
  const kratos = new KratosInMemory();
  const content = 'email\nann@example.com\nben@example.com\n';
  const planned = await PlannedRun.of(content, { kratos });
  await attempt(planned, kratos);
  const { run, folder, plan } = planned;
  await saveReport(folder, reportOf(), undefined);
  const ben = [...kratos.identities.keys()][1]!;

  const undo = async (actor: string, at: Date, force = false): Promise<void> => {
    const task = { undo: { workflowId: 'undo-1', runId: randomUUID() }, actor, force };
    const turns = turnsOfRequests();
    const deps = { kratos, retryAfter: new RetryAfterGate(), turns, now: () => at };
    await undoChunk(
      deps,
      { ...(await planned.chunk(1)), ...task },
      {
        signal: new AbortController().signal,
        reportStall: () => undefined,
        isGivenUp: () => false,
      },
    );
    await writeUndo({ run, folder, plan, ...task }, () => at);
  };
  const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
  const undone = async () => (await readReport(folder))?.undone;

  kratos.hasSessions = (id) => Promise.resolve(id === ben);
  await undo('alice', NOW);
  expect(await undone()).toMatchObject({ actor: 'alice', deleted: 1, kept: { logged_in: {} } });
  await undo('bob', later(1), true);
  const byForce = { actor: 'bob', at: later(1).toISOString(), forced: true, deleted: 2, kept: {} };
  expect(await undone()).toMatchObject(byForce);
  await undo('carol', later(2));
  expect(await undone()).toMatchObject(byForce);
});
