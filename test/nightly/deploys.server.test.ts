/** Imports that wait, that are amid their chunks and amid their mails, while another version of the program comes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { invitationsWorkflowId } from '../../src/contract/ids.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { withImpatientTemporal } from '../support/impatient-temporal.js';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { buildRelease, type OtherRelease } from '../support/other-release.js';
import { csvOf } from '../support/people.js';
import { carryTo, steer } from '../support/steering.js';
import { until } from '../support/until.js';
import { environmentOf, startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const execute = promisify(execFile);

const DEPLOYMENT = 'user-import';
/** So many chunks of one row that an import continues as new between them. */
const CHUNKS = 40;
const EVENTS = 150;
const MAILS = 5;

/** What the workers of a test have in common. */
interface Stage {
  world: World;
  all: Imports;
  proxy: FaultProxy;
}

async function createStage(): Promise<Stage> {
  const world = await withImpatientTemporal(await createWorld(), EVENTS);
  return { world, all: await imports(world), proxy: await startFaultProxy(world) };
}

/** A worker without a version, or one of a version of the deployment. */
function startOn(
  { world, proxy }: Stage,
  { buildId, program }: { buildId?: string; program?: string } = {},
): Promise<WorkerProcess> {
  const version = buildId === undefined ? {} : versionSettings(buildId);
  return startWorker(world, { KRATOS_ADMIN_URL: proxy.url, ...version }, program);
}

const versionSettings = (buildId: string): Record<string, string> => ({
  WORKER_DEPLOYMENT_NAME: DEPLOYMENT,
  WORKER_BUILD_ID: buildId,
});

/** Runs Temporal's own command line. */
async function temporal({ world }: Stage, ...args: string[]): Promise<string> {
  const { stdout } = await execute(inject('servers').temporalBinary, args, {
    env: environmentOf(world),
  });
  return stdout;
}

/** Makes a version the one on which imports begin, once Temporal knows its worker. */
async function makeCurrent(stage: Stage, buildId: string): Promise<void> {
  const version = ['--deployment-name', DEPLOYMENT, '--build-id', buildId, '--yes'];
  await until(async () => {
    try {
      await temporal(stage, 'worker', 'deployment', 'set-current-version', ...version);
      return true;
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      // Nor before its worker asks for tasks of both kinds.
      if (/not found|missing active task queues/i.test(stderr)) return false;
      throw error;
    }
  });
}

/** Imports in each state in which one may be for long. */
interface Running {
  waiting: WorkflowHandle;
  amidMails: WorkflowHandle;
  amidChunks: WorkflowHandle;
}

async function startAll({ all, proxy }: Stage): Promise<Running> {
  const file = async (id: string, rows: number) => {
    await all.write(`${id}.csv`, csvOf(`${id}-`, rows));
    return `${id}.csv`;
  };
  const amidMails = await all.start('amid-mails', {
    file: await file('amid-mails', MAILS),
    invitations: { perMinute: 1 },
  });
  await until(async () => (await progressOf(amidMails)).invitations.sent === 1);
  const waiting = await all.start('waiting', {
    file: await file('waiting', 3),
    approval: 'required',
  });
  await until(async () => (await progressOf(waiting)).phase === 'awaiting-approval');
  proxy.faults.writesLeft = 0;
  const amidChunks = await all.start('amid-chunks', {
    file: await file('amid-chunks', CHUNKS),
    chunkSize: 1,
    concurrency: 2,
  });
  await carryTo(proxy, amidChunks, 2);
  return { waiting, amidMails, amidChunks };
}

/** Lets each of them go on to its end. */
async function finishAll({ proxy }: Stage, running: Running): Promise<void> {
  const { waiting, amidMails, amidChunks } = running;
  delete proxy.faults.writesLeft;
  await steer(waiting, 'update', 'approve');
  await steer(amidMails, 'update', 'setEmailRate', 6000);
  expect(await waiting.result()).toMatchObject({ rows: { created: 3 } });
  expect(await amidChunks.result()).toMatchObject({ rows: { created: CHUNKS, failed: 0 } });
  expect(await amidMails.result()).toMatchObject({ invitations: { sent: MAILS, failed: 0 } });
}

/** What Temporal has of the workflow tasks of an import, in all its executions, and of its children. */
async function tasksOf(
  { all }: Stage,
  handle: WorkflowHandle,
): Promise<{
  executions: number;
  failed: number;
  buildIds: Set<string>;
  timers: number;
  ownTimers: number;
}> {
  const found = { executions: 0, failed: 0, buildIds: new Set<string>(), timers: 0, ownTimers: 0 };
  const query = `WorkflowId STARTS_WITH "${handle.workflowId}"`;
  for await (const { workflowId, runId } of all.client.workflow.list({ query })) {
    found.executions++;
    const { events } = await all.client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      if (event.workflowTaskFailedEventAttributes) found.failed++;
      if (event.timerStartedEventAttributes?.startToFireTimeout?.nanos === 1_000_000) {
        found.timers++;
        if (workflowId === handle.workflowId) found.ownTimers++;
      }
      const done = event.workflowTaskCompletedEventAttributes;
      if (done) found.buildIds.add(done.deploymentVersion?.buildId ?? 'none');
    }
  }
  return found;
}

/** The step that other releases add is a timer of a millisecond: in the import, in its chunks and in its mails. */
const ONE_EACH = 3;

async function runNew({ all }: Stage, id: string): Promise<WorkflowHandle> {
  await all.write(`${id}.csv`, csvOf(`${id}-`, 2));
  const handle = await all.start(id, { file: `${id}.csv`, invitations: { perMinute: 6000 } });
  expect(await handle.result()).toMatchObject({ rows: { created: 2 }, invitations: { sent: 2 } });
  return handle;
}

describe('with versions', () => {
  let stage: Stage;
  let running: Running;

  beforeAll(async () => {
    stage = await createStage();
    const old = await startOn(stage, { buildId: 'old' });
    await makeCurrent(stage, 'old');
    running = await startAll(stage);
    const program = await buildRelease(stage.world, 'incompatible');
    // Past the proxy, which holds the writes of the old one back.
    await startWorker(stage.world, versionSettings('new'), program);
    await makeCurrent(stage, 'new');
    // Its machine may go, as long as another one runs the same version.
    await old.kill();
    await startOn(stage, { buildId: 'old' });
  });
  afterAll(() => stage.world.close());

  test('an import that begins after the change runs on the new version, with its chunks and mails', async () => {
    const handle = await runNew(stage, 'begun-after');
    expect(await tasksOf(stage, handle)).toEqual({
      executions: 3,
      failed: 0,
      buildIds: new Set(['new']),
      timers: ONE_EACH,
      ownTimers: 1,
    });
  });

  test('those that had begun end on the old one, the children that they start and their continuations included', async () => {
    await finishAll(stage, running);
    for (const handle of Object.values(running) as WorkflowHandle[]) {
      const tasks = await tasksOf(stage, handle);
      expect(tasks, handle.workflowId).toMatchObject({
        failed: 0,
        buildIds: new Set(['old']),
        timers: 0,
      });
    }
    const { executions } = await tasksOf(stage, running.amidChunks);
    // Children of up to ten chunks each, and the import itself.
    expect(executions).toBeGreaterThan(CHUNKS / 10 + 1);
  });
});

describe('without versions', () => {
  let stage: Stage;
  let running: Running;
  let program: Record<OtherRelease, string>;

  beforeAll(async () => {
    stage = await createStage();
    const old = await startOn(stage);
    running = await startAll(stage);
    program = {
      incompatible: await buildRelease(stage.world, 'incompatible'),
      patched: await buildRelease(stage.world, 'patched'),
      'without-mails': await buildRelease(stage.world, 'without-mails'),
    };
    await old.stop();
  });
  afterAll(() => stage.world.close());

  /** Waits until Temporal has given a workflow's task to workers in vain, again and again. */
  async function untilTasksFail(handle: WorkflowHandle): Promise<void> {
    await until(async () => {
      const { raw, status } = await handle.describe();
      expect(status.name).toBe('RUNNING');
      return (raw.pendingWorkflowTask?.attempt ?? 0) >= 3;
    });
  }

  async function failuresOf(handle: WorkflowHandle): Promise<string> {
    const { events } = await handle.fetchHistory();
    const failed = (events ?? []).map((event) => event.workflowTaskFailedEventAttributes);
    return failed.map((attributes) => attributes?.failure?.message ?? '').join('\n');
  }

  test('a worker of an incompatible version fails their tasks again and again, and never the imports', async () => {
    const worker = await startOn(stage, { program: program.incompatible });
    for (const handle of Object.values(running) as WorkflowHandle[]) {
      await handle.signal('pause');
      await untilTasksFail(handle);
    }
    expect(await failuresOf(running.waiting)).toContain('TMPRL1100');
    await worker.kill();
  });

  test('nor does a worker without the code of one of them', async () => {
    const worker = await startOn(stage, { program: program['without-mails'] });
    const { amidMails } = running;
    const { runId } = await amidMails.describe();
    const ref = { workflowId: amidMails.workflowId, runId };
    const mails = stage.all.client.workflow.getHandle(invitationsWorkflowId(ref));
    await untilTasksFail(mails);
    await worker.kill();
  });

  test('on the worker of a compatible one they go on, and end', async () => {
    await startOn(stage, { program: program.patched });
    const handles = Object.values(running) as WorkflowHandle[];
    for (const handle of handles) {
      await handle.signal('resume');
      await until(async () => !(await handle.describe()).raw.pendingWorkflowTask);
    }
    await finishAll(stage, running);
    // The chunks that they start there begin on it.
    for (const handle of handles) expect((await tasksOf(stage, handle)).ownTimers).toBe(0);
    expect((await tasksOf(stage, running.amidMails)).timers).toBe(0);
  });

  test('what begins on it takes the new step', async () => {
    const handle = await runNew(stage, 'begun-after');
    expect(await tasksOf(stage, handle)).toMatchObject({ failed: 0, timers: ONE_EACH });
  });
});
