/** The demo: servers on this machine, a worker, an import of the sample, and addresses to open. */
import path from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import type { ReportSummary } from '../../activities/index.js';
import type { CommandContext } from '../../src/cli/command-context.js';
import { displayFor, follow } from '../../src/cli/follow.js';
import { EXIT } from '../../src/cli/exit.js';
import { startImport } from '../../src/cli/start.js';
import { readSettings, type Settings } from '../../src/config.js';
import { findRun } from '../../src/store/find-run.js';
import { openStore } from '../../src/store/open-store.js';
import { RunLayout } from '../../src/store/run-layout.js';
import { projectRoot } from '../servers/paths.js';
import { requireListening } from '../servers/loopback.js';
import { SERVER_SETTINGS, startStack } from '../servers/stack.js';
import { createWorker } from '../../src/worker.js';
import { logOptions } from '../../src/worker-log.js';
import {
  APP_NAME,
  BCRYPT_COST,
  demoEnvironment,
  NAMESPACE,
  writeEnvironment,
} from './environment.js';
import { renderMeanwhile, renderTour } from './tour.js';

export interface DemoOptions {
  /** CSV to import; the sample by default. */
  file: string | undefined;
  /** Ends when the import is done; otherwise the demo stays up until Ctrl+C. */
  exit: boolean;
}

/** Stops a server or a worker that the demo has started. */
type CleanUp = () => Promise<unknown>;

/** Small, so that the bar moves. */
const CHUNK_SIZE = 50;
/** The default is 60, which is too slow to watch. */
const MAILS_PER_MINUTE = 3000;

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
  for (const setting of SERVER_SETTINGS) {
    const address = process.env[setting];
    if (address) await requireListening(setting, address);
  }
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
    const environment = await demoEnvironment(folder, stack);
    const environmentFile = await writeEnvironment(
      folder,
      environment,
      path.join(root, 'bin', 'user-import.cjs'),
    );
    const settings = readSettings(environment);
    const client = await startWorker(settings, stack.temporalAddress, cleanUps);

    const sample = file ?? path.join(root, 'examples', 'users.csv');
    const request = {
      actor: 'demo',
      chunkSize: CHUNK_SIZE,
      invitations: { perMinute: MAILS_PER_MINUTE },
    };
    const workflowId = await startImport(client, sample, request, settings.importRoot, print);
    const handle = client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    const places = { stack, run: { workflowId, runId } };
    for (const line of renderMeanwhile(places)) print(line);
    const status = await follow(handle, displayFor(context, workflowId), context, signal);
    if (signal.aborted) return status;
    const report = await reportPage(settings.runsRoot, workflowId);
    const isRepeated = await hadAllUsers(handle);
    for (const line of renderTour({ ...places, report, environmentFile, isRepeated })) print(line);
    if (exit) return status;
    print('');
    print({ tone: 'heading', text: 'All of it stays up until Ctrl+C.' });
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

async function startWorker(
  settings: Settings,
  address: string,
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

/** @returns undefined where the import did not get as far as its report */
async function reportPage(runsRoot: string, workflowId: string): Promise<string | undefined> {
  const store = await openStore(runsRoot);
  const run = await findRun(store, workflowId);
  return run && `${store.address}/${new RunLayout(store, run).page}`;
}

/** Whether the demo had imported all of these users before; an import that failed has no result. */
async function hadAllUsers(handle: WorkflowHandle): Promise<boolean> {
  const result = (await handle.result().catch(() => undefined)) as ReportSummary | undefined;
  return result !== undefined && result.rows.skipped > 0 && result.rows.created === 0;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
