/** The package in an empty folder: its commands, its types, and the worker of one's own of examples/embedded-worker. */
import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createAesGcmCodec } from '../../examples/embedded-worker/aes-gcm-codec.mjs';
import { startProcess, type ServerProcess } from '../../dev/servers/process.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { identitiesOf } from '../support/identities.js';
import { imports } from '../support/imports.js';
import { installPackage } from '../support/installed-package.js';
import { encodingOf, storedPayloads } from '../support/stored-payloads.js';
import { environmentOf } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROOT = path.join(import.meta.dirname, '../..');
const ROWS = 20;

const run = promisify(execFile);

let world: World;
let client: Client;
let folder: string;
/** Where the package is installed. */
let installed: string;

beforeAll(async () => {
  world = await createWorld();
  ({ client } = await imports(world));
  folder = await mkdtemp(path.join(inject('servers').dir, 'package-'));
  installed = await installPackage(folder);
  // Packages may come over the network, twice.
}, 480_000);

afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a worker that ends with the world. */
async function startWorker(
  command: string,
  args: string[],
  cwd: string,
  settings: Record<string, string>,
): Promise<ServerProcess> {
  const name = `worker of ${settings['TASK_QUEUE']}`;
  const env = { ...environmentOf(world), ...settings };
  const logFile = path.join(folder, `${settings['TASK_QUEUE']}.log`);
  const worker = await startProcess({ name, command, args, cwd, env, logFile });
  world.onClose(() => worker.stop());
  return worker;
}

/** Runs a command to its end, as a person would; its output. */
async function command(
  file: string,
  args: string[],
  cwd: string,
  settings: Record<string, string>,
): Promise<string> {
  const env = { ...environmentOf(world), ...settings };
  const { stdout } = await run(file, args, { cwd, env });
  return stdout;
}

async function writePeople(name: string): Promise<string> {
  const lines = Array.from({ length: ROWS }, (_, i) => `${name}${i}@example.com`);
  await writeFile(path.join(installed, `${name}.csv`), ['email', ...lines, ''].join('\n'));
  return path.join(installed, `${name}.csv`);
}

/** How many people of such a file Kratos has. */
async function peopleOf(name: string): Promise<number> {
  return (await identitiesOf(world.kratos.adminUrl, name)).length;
}

/** The import that `start` says that it started. */
function idIn(output: string): string {
  return /^Started the import (\S+)\.$/m.exec(output)?.[1] ?? 'none';
}

const QUIET = ['--actor', 'alice', '--invitations', 'never'];

describe('the package in an empty folder', () => {
  test('runs a worker, and starts an import', async () => {
    const settings = { TASK_QUEUE: 'installed' };
    await startWorker('node_modules/.bin/user-import', ['worker'], installed, settings);
    const args = ['--no-install', 'user-import', 'start', await writePeople('installed'), ...QUIET];
    expect(await command('npx', args, installed, settings)).toContain(`${ROWS} created`);
    expect(await peopleOf('installed')).toBe(ROWS);
  });

  test.each([
    ['node itself', ['--module', 'nodenext']],
    ['a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])('has types as %s resolves them', async (_who, options) => {
    const program = `
      import { Client } from '@temporalio/client';
      import { Worker } from '@temporalio/worker';
      import { createImportPlugin, openActivityDeps, readSettings, SettingsError } from 'kratos-user-import';
      import type { ImportRequest, Progress, ReportSummary, Settings } from 'kratos-user-import';
      import { createActivities } from 'kratos-user-import/activities';
      import { runCommandLine } from 'kratos-user-import/cli';
      import { interceptors } from 'kratos-user-import/workflow-interceptors';
      import { importUsers, sendInvitations } from 'kratos-user-import/workflows';
      const settings: Settings = readSettings(process.env);
      const { deps, close } = await openActivityDeps({ ...settings, roles: ['user'] });
      await Worker.create({ taskQueue: 'q', plugins: [createImportPlugin(settings)] });
      await Worker.create({ taskQueue: 'q', activities: createActivities({ ...deps, now: () => new Date() }) });
      const args: [ImportRequest] = [{ file: 'users.csv', actor: 'alice', mode: 'update' }];
      const handle = await new Client().workflow.start(importUsers, { args, taskQueue: 'q', workflowId: 'w' });
      const { phase }: Progress = await handle.query<Progress>('progress');
      const { rows }: ReportSummary = await handle.result();
      // @ts-expect-error a mode that there is not
      const wrong: ImportRequest = { file: 'users.csv', actor: 'alice', mode: 'replace' };
      console.log(phase, rows.created, wrong, SettingsError, close, interceptors, sendInvitations);
      process.exit(await runCommandLine(process.argv, { dataConverter: { payloadCodecs: [] } }));
    `;
    await writeFile(path.join(installed, 'program.mts'), program);
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--target', 'es2023', '--types', 'node'];
    const { stdout } = await run(
      process.execPath,
      [tsc, ...strict, ...options, '--skipLibCheck', 'program.mts'],
      { cwd: installed },
    ).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toBe('');
  });
});

describe('examples/embedded-worker', () => {
  const settings = { TASK_QUEUE: 'embedded' };
  const KEY = randomBytes(32);
  let example: string;
  let own: Record<string, string>;
  let proxy: FaultProxy;
  let worker: ServerProcess;

  beforeAll(async () => {
    proxy = await startFaultProxy(world);
    example = path.join(installed, 'embedded-worker');
    await cp(path.join(ROOT, 'examples/embedded-worker'), example, { recursive: true });
    const keys = path.join(example, 'payload.keys');
    await writeFile(keys, `2026-11=${KEY.toString('base64')}\n`, { mode: 0o600 });
    own = {
      ...settings,
      PAYLOAD_KEYS: keys,
      KRATOS_ADMIN_URL: proxy.url,
      RUNS_RETENTION_DAYS: '30',
    };
    worker = await startWorker(process.execPath, ['worker.mjs'], example, own);
  });

  const userImport = (...args: string[]): Promise<string> =>
    command(process.execPath, ['user-import.mjs', ...args], example, own);

  /** Asks for an import's status until it says so; the test fails with what it says at last. */
  async function untilStatus(id: string, text: string): Promise<void> {
    await expect.poll(() => userImport('status', id), { timeout: 60_000 }).toContain(text);
  }

  test('imports, and Temporal stores nothing that is not encrypted', async () => {
    const output = await userImport('start', await writePeople('embedded'), ...QUIET);
    expect(output).toContain(`${ROWS} created`);
    expect(await peopleOf('embedded')).toBe(ROWS);
    const payloads = await storedPayloads(client, idIn(output));
    expect(payloads.length).toBeGreaterThan(10);
    expect(new Set(payloads.map(encodingOf))).toEqual(new Set(['binary/encrypted']));
  });

  test('takes messages of tools without the codec, and refuses what no key of it made', async () => {
    const args = ['start', await writePeople('steered'), '--approval', '--detach', ...QUIET];
    const id = idIn(await userImport(...args));
    await untilStatus(id, `user-import approve ${id}`);
    await client.workflow.getHandle(id).signal('setConcurrency', 7);
    const forged = {
      metadata: {
        encoding: Buffer.from('binary/encrypted'),
        'encryption-key-id': Buffer.from('2026-11'),
      },
      data: randomBytes(60),
    };
    await client.workflowService.signalWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: id },
      signalName: 'setConcurrency',
      input: { payloads: [forged] },
    });
    await untilStatus(id, 'concurrency: got "something that is not JSON"');
    await userImport('approve', id);
    await userImport('watch', id);
    expect(await peopleOf('steered')).toBe(ROWS);
    expect(await userImport('status', id)).toContain('at most 7');
  });

  test('starts imports as children of workflows of its own', async () => {
    await copyFile(await writePeople('turns'), path.join(world.importRoot, 'turns.csv'));
    const { connection, options } = client;
    const dataConverter = { payloadCodecs: [createAesGcmCodec(new Map([['2026-11', KEY]]))] };
    const reading = new Client({ connection, namespace: options.namespace, dataConverter });
    const request = { file: 'turns.csv', actor: 'alice', invitations: { send: 'never' } };
    const result: unknown = await reading.workflow.execute('importInTurn', {
      taskQueue: settings.TASK_QUEUE,
      workflowId: 'turns',
      args: [[request]],
    });
    expect(result).toEqual({ created: ROWS });
  });

  test('purges old runs by itself where the setting says so', async () => {
    expect(await userImport('retention')).toContain('Runs are purged 30 days after their end');
  });

  test('hands back what it is at when it is ended, long before its grace is over', async () => {
    const args = ['start', await writePeople('handed'), '--approval', '--detach', ...QUIET];
    const id = idIn(await userImport(...args));
    await untilStatus(id, `user-import approve ${id}`);
    await proxy.down();
    await userImport('approve', id);
    await untilStatus(id, 'It is tried again until Kratos answers.');
    const began = Date.now();
    process.kill(worker.pid, 'SIGTERM');
    await worker.ended;
    expect(worker.exitCode()).toBe(0);
    // Its grace is a minute, and Kratos is tried for two.
    expect(Date.now() - began).toBeLessThan(20_000);
    await proxy.up();
    await startWorker(process.execPath, ['worker.mjs'], example, own);
    await userImport('watch', id);
    expect(await peopleOf('handed')).toBe(ROWS);
  });
});

describe('converters of its own', () => {
  /** Nothing that the SDK's own converter reads. */
  const CONVERTERS = `
    const { DefaultFailureConverter } = require('@temporalio/common');
    exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
    const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
    exports.payloadConverter = {
      toPayload: (value) => ({
        metadata: { encoding: encoder.encode('json/own') },
        data: encoder.encode(JSON.stringify({ value })),
      }),
      fromPayload: ({ metadata, data }) => {
        if (decoder.decode(metadata.encoding) !== 'json/own') throw new Error('not mine');
        return JSON.parse(decoder.decode(data)).value;
      },
    };`;
  const PROGRAM = `
    import { fileURLToPath } from 'node:url';
    import { runCommandLine } from 'kratos-user-import/cli';
    const converters = fileURLToPath(new URL('converters.cjs', import.meta.url));
    const dataConverter = { payloadConverterPath: converters, failureConverterPath: converters };
    process.exit(await runCommandLine(process.argv, { dataConverter }));`;

  const settings = { TASK_QUEUE: 'converted' };

  beforeAll(async () => {
    await writeFile(path.join(installed, 'converters.cjs'), CONVERTERS);
    await writeFile(path.join(installed, 'program.mjs'), PROGRAM);
    await startWorker(process.execPath, ['program.mjs', 'worker'], installed, settings);
  });

  const start = (file: string): Promise<string> =>
    command(process.execPath, ['program.mjs', 'start', file, ...QUIET], installed, settings);

  test('are those of the worker and of the commands', async () => {
    const output = await start(await writePeople('converted'));
    expect(output).toContain(`${ROWS} created`);
    const payloads = await storedPayloads(client, idIn(output));
    expect(new Set(payloads.map(encodingOf))).toEqual(new Set(['json/own']));
  });

  test('let an import fail with its reason', async () => {
    const file = path.join(installed, 'refused.csv');
    await writeFile(file, 'email\nno address\n');
    const failed = (await start(file).catch((error: unknown) => error)) as Record<string, unknown>;
    expect(failed['code']).toBe(1);
    expect(`${String(failed['stdout'])}${String(failed['stderr'])}`).toContain('invalid_email');
  });
});
