/** The demo: servers on this machine, a worker, an import of the sample, and addresses to open. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import type { CommandContext, Print } from '../../src/cli/command-context.js';
import { displayFor, follow } from '../../src/cli/follow.js';
import { EXIT } from '../../src/cli/exit.js';
import { startImport } from '../../src/cli/start.js';
import type { Settings } from '../../src/config.js';
import { findRun } from '../../src/store/find-run.js';
import { openStore } from '../../src/store/open-store.js';
import { RunLayout } from '../../src/store/run-layout.js';
import { projectRoot } from '../servers/paths.js';
import { startStack, type Stack } from '../servers/stack.js';
import { executionUrl, type Execution } from '../../src/temporal-ui.js';
import { createWorker } from '../../src/worker.js';
import { logOptions } from '../../src/worker-log.js';

export interface DemoOptions {
  /** CSV to import; the sample by default. */
  file: string | undefined;
  /** Ends when the import is done; otherwise the demo stays up until Ctrl+C. */
  exit: boolean;
}

/** Stops a server or a worker that the demo has started. */
type CleanUp = () => Promise<unknown>;

/** Lower than a real platform's 12, so that the sample's passwords take seconds. */
const BCRYPT_COST = 8;
/** Small, so that the bar moves. */
const CHUNK_SIZE = 50;
/** The default is 60, which is too slow to watch. */
const MAILS_PER_MINUTE = 3000;
const TENANTS = ['t1', 't2', 't3', 't4'];
const NAMESPACE = 'default';
const APP_NAME = 'Example Platform';
const MAIL_FROM = { name: APP_NAME, address: 'no-reply@example.com' };

/**
 * Runs the demo until Ctrl+C (or the end of the import with `exit`), then stops all that it has started.
 * @returns the exit status
 */
export async function runDemo(
  { file, exit }: DemoOptions,
  context: CommandContext,
): Promise<number> {
  const { print } = context;
  const root = projectRoot();
  const folder = path.join(root, '.demo');
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);

  const cleanUps: CleanUp[] = [];
  try {
    const { signal } = stopping;
    const stack = await startStack({
      dir: folder,
      settings: process.env,
      log: print,
      ui: true,
      app: APP_NAME,
      bcryptCost: BCRYPT_COST,
      signal,
    });
    cleanUps.push(() => stack.stop());
    const settings = await demoSettings(folder, stack);
    const client = await startWorker(settings, stack.temporalAddress, folder, cleanUps);

    const sample = file ?? path.join(root, 'examples', 'users.csv');
    const request = {
      actor: 'demo',
      tenants: TENANTS,
      chunkSize: CHUNK_SIZE,
      invitations: { perMinute: MAILS_PER_MINUTE },
    };
    const workflowId = await startImport(client, sample, request, settings.importRoot, print);
    const handle = client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    const run = { workflowId, runId };
    printAddresses(stack, run, print);
    const status = await follow(handle, displayFor(context, workflowId), context, signal);
    if (signal.aborted) return status;
    await printReport(settings.runsRoot, workflowId, print);
    if (exit) return status;
    printAddresses(stack, run, print);
    printUndo(settings.runsRoot, workflowId, stack, print);
    print('All of it stays up until Ctrl+C.');
    await aborted(signal);
    return status;
  } catch (error) {
    if (stopping.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    print('');
    print('Stopping.');
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    print(`Nothing is left running. The demo's data stays in ${folder}.`);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

async function demoSettings(folder: string, stack: Stack): Promise<Settings> {
  const importRoot = path.join(folder, 'imports');
  const runsRoot = path.join(folder, 'runs');
  for (const dir of [importRoot, runsRoot]) await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    kratos: {
      adminUrl: stack.kratosAdminUrl,
      publicUrl: stack.kratosPublicUrl || undefined,
    },
    mail: { smtpUrl: stack.smtpUrl, from: MAIL_FROM, appName: APP_NAME },
    importRoot,
    runsRoot,
    roles: ['admin', 'user', 'support'],
    tenants: undefined,
    bcryptCost: BCRYPT_COST,
    temporalUiUrl: stack.temporalUiUrl || undefined,
    logLevel: 'ERROR',
    logFormat: 'text',
    maxActivities: 50,
    shutdownGraceSeconds: 30,
  };
}

async function startWorker(
  settings: Settings,
  address: string,
  folder: string,
  cleanUps: CleanUp[],
): Promise<Client> {
  // The worker's log would break up the progress bar; the Temporal UI has the errors that matter.
  Runtime.install({ ...logOptions(settings.logLevel, settings.logFormat), shutdownSignals: [] });
  const workerConnection = await NativeConnection.connect({ address });
  cleanUps.push(() => workerConnection.close());
  const { worker, close } = await createWorker(settings, {
    connection: workerConnection,
    namespace: NAMESPACE,
  });
  cleanUps.push(close);
  const running = worker.run();
  cleanUps.push(async () => {
    worker.shutdown();
    await running;
  });
  const connection = await Connection.connect({ address });
  cleanUps.push(() => connection.close());
  return new Client({ connection });
}

function printAddresses({ temporalUiUrl, inbox }: Stack, run: Execution, print: Print): void {
  if (temporalUiUrl) print(`Temporal UI: ${executionUrl(temporalUiUrl, NAMESPACE, run)}`);
  if (inbox) print(`Inbox:       ${inbox.pageUrl}`);
}

async function printReport(runsRoot: string, workflowId: string, print: Print): Promise<void> {
  const store = await openStore(runsRoot);
  const run = await findRun(store, workflowId);
  if (run) print(`Report:      ${store.address}/${new RunLayout(store, run).page}`);
}

/** The undo needs the demo's servers, so it works while the demo stays up. */
function printUndo(
  runsRoot: string,
  workflowId: string,
  { temporalAddress }: Stack,
  print: Print,
): void {
  print(
    `Undo it, from another shell: TEMPORAL_ADDRESS=${temporalAddress} IMPORT_RUNS=${runsRoot} npx user-import undo ${workflowId}`,
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
