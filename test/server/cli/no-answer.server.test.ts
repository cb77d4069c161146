/** Why nobody answers. All commands run at once: most of them wait for an answer that does not come. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFile } from 'node:fs/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Client, WorkflowStartOptions } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, type Ended } from '../../support/command.js';
import { imports } from '../../support/imports.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';
import { createWorld, type World } from '../../support/world.js';

const BROKEN = fileURLToPath(new URL('../../support/workflows/broken.ts', import.meta.url));
const UI = { TEMPORAL_UI_URL: 'https://temporal.example.com/ui' };

let world: World;
let client: Client;

beforeAll(async () => {
  world = await createWorld();
  ({ client } = await imports(world));
  await startBrokenWorker();
  await Promise.all([
    start('waiting'),
    start('elsewhere', { taskQueue: 'staging' }),
    start('broken', { taskQueue: 'broken' }),
    start('pinned', {
      taskQueue: 'broken',
      versioningOverride: { pinnedTo: { deploymentName: 'imports', buildId: 'v1' } },
    }),
    client.workflow.start('somethingElse', { taskQueue: 'user-import', workflowId: 'other' }),
  ]);
  await until(async () => {
    const { raw } = await client.workflow.getHandle('broken').describe();
    return (raw.pendingWorkflowTask?.attempt ?? 0) > 1;
  });
});

afterAll(() => world.close());

function start(workflowId: string, options: Partial<WorkflowStartOptions> = {}) {
  const usual = { taskQueue: 'user-import', workflowId };
  const args = [{ file: 'x.csv', actor: 'alice' }];
  return client.workflow.start('importUsers', { ...usual, ...options, args });
}

/** A worker of another program, or of a version of this one that cannot run its imports. */
async function startBrokenWorker(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: world.temporalAddress });
  const { namespace } = world;
  const options = { connection, namespace, taskQueue: 'broken', workflowsPath: BROKEN };
  const worker = await Worker.create(options);
  const running = worker.run();
  world.onClose(async () => {
    worker.shutdown();
    await running;
    await connection.close();
  });
}

function command(args: string[], settings: Record<string, string> = {}): Promise<Ended> {
  return runCommand(world, world.importRoot, args, settings);
}

describe.concurrent('a command that nobody answers', () => {
  test('says that no worker runs, and where the import is in Temporal’s UI', async () => {
    const { code, out } = await command(['status', 'waiting'], UI);
    expect(out).toContain('waiting: running\nNo worker runs for the task queue "user-import"');
    const { runId } = await client.workflow.getHandle('waiting').describe();
    expect(out).toContain(
      `In Temporal: https://temporal.example.com/ui/namespaces/${world.namespace}/workflows/waiting/${runId}\n`,
    );
    expect(code).toBe(3);
  });

  test('says that the import has another task queue than the command', async () => {
    const { out } = await command(['status', 'elsewhere']);
    expect(out).toContain('No worker runs for the task queue "staging"');
    expect(out).toContain('This command has TASK_QUEUE "user-import".');
  });

  test('says that a worker fails, and why', async () => {
    const { code, out } = await command(['status', 'broken']);
    expect(out).toContain('fails: nothing here matches the history of …@… (attempt ');
    expect(out).not.toContain('Start one with');
    expect(code).toBe(3);
  });

  test('says that the import belongs to workers of another version', async () => {
    const { out } = await command(['status', 'pinned']);
    expect(out).toContain('It belongs to the workers of version v1 (imports)');
    expect(out).toContain('those that run are of no version');
  });

  test('of a start says at once that no worker will take it', async () => {
    await writeFile(path.join(world.importRoot, 'users.csv'), 'email\nann@example.com\n');
    const { code, out } = await command(['start', 'users.csv', '--detach']);
    expect(out).toContain('No worker runs for the task queue "user-import"');
    expect(code).toBe(0);
  });

  test('names what is no import, and leaves it alone', async () => {
    const { code, out } = await command(['cancel', 'other']);
    expect(out).toContain('no import and no undo, but of the type somethingElse');
    expect(code).toBe(2);
    const { status } = await client.workflow.getHandle('other').describe();
    expect(status.name).toBe('RUNNING');
  });

  test('that watches says that Temporal is away, goes on, and says when it is back', async () => {
    const proxy = await startTcpProxy(`http://${world.temporalAddress}`);
    world.onClose(() => proxy.close());
    const settings = {
      TEMPORAL_ADDRESS: new URL(proxy.url(`http://${world.temporalAddress}`)).host,
    };
    const { code, out } = await runCommand(
      world,
      world.importRoot,
      ['watch', 'waiting'],
      settings,
      async (said, interrupt) => {
        await until(() => said().includes('No worker runs'));
        await proxy.cut();
        await until(() => said().includes('no answer from Temporal for'));
        await proxy.open();
        await until(() => said().includes('Temporal answers again'));
        interrupt();
      },
    );
    expect(out).toContain(
      `(${settings.TEMPORAL_ADDRESS}); the import goes on without this command\n`,
    );
    expect(out).toContain('  watch it:  user-import watch waiting\n');
    expect(code).toBe(130);
  });

  test('that Temporal leaves without an answer ends with 3', async () => {
    const proxy = await startTcpProxy(`http://${world.temporalAddress}`);
    world.onClose(() => proxy.close());
    proxy.hang();
    const { host } = new URL(proxy.url(`http://${world.temporalAddress}`));
    const { code, out } = await command(['status', 'waiting'], { TEMPORAL_ADDRESS: host });
    expect(out).toContain(`Temporal cannot be reached at ${host}`);
    expect(code).toBe(3);
  });

  test('names the namespace that Temporal does not have', async () => {
    const { code, out } = await command(['status', 'waiting'], { TEMPORAL_NAMESPACE: 'nope' });
    expect(out).toContain('has no namespace "nope". Set TEMPORAL_NAMESPACE');
    expect(code).toBe(2);
  });
});
