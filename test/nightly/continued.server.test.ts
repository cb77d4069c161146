import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { identitiesOf } from '../support/identities.js';
import { withImpatientTemporal } from '../support/impatient-temporal.js';
import { imports, progressOf, wasCancelled, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { refusalOf, steer, stepsOf, WAYS, type Way } from '../support/steering.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await withImpatientTemporal(await createWorld(), 80);
  all = await imports(world);
  await startWorker(world);
});

afterAll(() => world.close());

/** The executions of an import, oldest first. */
async function executionsOf(handle: WorkflowHandle): Promise<string[]> {
  const runs: string[] = [];
  for (let { runId } = await handle.describe(); ;) {
    runs.unshift(runId);
    const { events } = await all.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    if (!started?.continuedExecutionRunId) return runs;
    runId = started.continuedExecutionRunId;
  }
}

/** Many times what an execution takes before it continues as new. */
const MOST_COMMANDS = 2_000;

/** Gives a command that changes nothing again and again, until the import has continued as new. */
async function flood(handle: WorkflowHandle, way: Way): Promise<void> {
  const { runId } = await handle.describe();
  const args: [number] = [(await progressOf(handle)).invitations.perMinute];
  const give = () =>
    way === 'signal'
      ? handle.signal('setEmailRate', ...args)
      : handle.executeUpdate('setEmailRate', { args });
  for (let given = 0; (await handle.describe()).runId === runId; given += 20) {
    if (given >= MOST_COMMANDS) {
      const { events } = await handle.fetchHistory();
      const ends = events?.slice(-5).map(({ eventType }) => eventType) ?? [];
      throw new Error(
        `${given} commands, and the import has not continued as new: ${ends.join(', ')}`,
      );
    }
    await Promise.all(Array.from({ length: 20 }, give));
    // Temporal fails a task during which a hundred signals come: they would starve a slow worker.
    await progressOf(handle);
  }
}

test.each(WAYS)(
  'mode, concurrency, pause, approvals pending or given, and notices survive, however often it continues as new (%s)',
  async (way) => {
    const prefix = `kept-${way}-`;
    await all.write(`${prefix}.csv`, csvOf(prefix, 40));
    const handle = await all.start(`kept-${way}`, {
      file: `${prefix}.csv`,
      chunkSize: 1,
      approval: 'required',
      canaryRows: 3,
    });
    await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
    await steer(handle, way, 'pause');
    await steer(handle, way, 'setMode', 'update');
    await steer(handle, way, 'setConcurrency', 3);
    await steer(handle, way, 'setEmailRate', 9);
    const steered = {
      paused: true,
      mode: 'update',
      concurrency: 3,
      invitations: { perMinute: 9 },
      plan: { roles: { '(none)': 40 } },
    };

    await flood(handle, way);
    let progress = await progressOf(handle);
    expect(progress).toMatchObject({ ...steered, phase: 'awaiting-approval', rows: { done: 0 } });
    expect(progress.notices[0]?.text).toContain('The plan is ready');
    expect(progress.notices.map(({ text }) => text)).toContain(
      'Existing users: update, from the next chunk on.',
    );

    await steer(handle, way, 'approve');
    // It was asked for in mode skip: updates need one of their own.
    await until(async () =>
      (await progressOf(handle)).notices.some(({ text }) =>
        text.includes('which was not approved'),
      ),
    );
    await flood(handle, way);
    expect(await progressOf(handle)).toMatchObject({ ...steered, phase: 'awaiting-approval' });
    await steer(handle, way, 'approve');
    await flood(handle, way);
    expect(await progressOf(handle)).toMatchObject({
      ...steered,
      phase: 'importing',
      rows: { done: 0 },
      chunks: { inFlight: 0 },
    });

    // Neither the approval of the plan nor the pause comes back.
    await steer(handle, way, 'resume');
    await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
    await flood(handle, way);
    progress = await progressOf(handle);
    expect(progress).toMatchObject({ ...steered, paused: false, rows: { done: 3, created: 3 } });
    const approvals = progress.notices.filter(({ text }) => text.includes('pprove'));
    expect(approvals.map(({ text }) => text.slice(0, 20))).toEqual([
      'The plan is ready; n',
      'Approved: the import',
      'Existing users are t',
      'Approved: existing u',
      'The first 3 rows are',
    ]);

    await steer(handle, way, 'approve');
    const summary = (await handle.result()) as ReportSummary;
    expect(summary.rows).toMatchObject({ created: 40, total: 40 });
    expect(await identitiesOf(world.kratos.adminUrl, prefix)).toHaveLength(40);

    const executions = await executionsOf(handle);
    expect(executions.length).toBeGreaterThan(4);
    expect(path.basename(summary.folder)).toBe(executions[0]);
    const chunks: number[] = [];
    for (const runId of executions) {
      const execution = all.client.workflow.getHandle(handle.workflowId, runId);
      const steps = stepsOf(await execution.fetchHistory());
      const inFlight = new Set<number>();
      for (const step of steps) {
        if (step.did === 'start') {
          inFlight.add(step.chunk);
          expect(step.mode).toBe('update');
          expect(inFlight.size).toBeLessThanOrEqual(3);
        } else if (step.did === 'end') {
          inFlight.delete(step.chunk);
          chunks.push(...Array.from({ length: step.done }, (_, i) => step.chunk + i));
        }
      }
      expect(inFlight, 'chunks in flight at the end of an execution').toEqual(new Set());
    }
    expect(chunks.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  },
);

test('no update is lost while an import continues as new over and over', async () => {
  await all.write('busy.csv', csvOf('busy', 1));
  const handle = await all.start('busy', { file: 'busy.csv', approval: 'required' });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const rates = Array.from({ length: 60 }, (_, i) => i + 1);
  while ((await executionsOf(handle)).length < 3) {
    const answers = await Promise.all(
      rates.map((rate) => steer(handle, 'update', 'setEmailRate', rate)),
    );
    expect(answers.map(({ invitations }) => invitations.perMinute)).toEqual(rates);
  }
  expect(await refusalOf(handle, 'update', 'setEmailRate', 0)).toContain('got 0');
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
});
