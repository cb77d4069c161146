/** The whole job on this machine: servers of its own, a worker, an import of the sample, and addresses to look at. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { follow } from '../../src/cli/follow.js';
import { EXIT } from '../../src/cli/exit.js';
import { startImport } from '../../src/cli/start.js';
import type { Settings } from '../../src/config.js';
import { createSmtpMailer } from '../../src/invitations/mail/smtp-mailer.js';
import { findRun } from '../../src/store/find-run.js';
import { RunLayout } from '../../src/store/run-layout.js';
import { projectRoot } from '../servers/paths.js';
import { startStack, type Stack } from '../servers/stack.js';
import { createWorker } from '../../src/worker.js';

export interface DemoOptions {
  /** CSV to import; the sample when there is none. */
  file: string | undefined;
  /** End when the import is done instead of staying up. */
  exit: boolean;
}

/** Lower than a real platform's 12, so that the sample's passwords take seconds. */
const BCRYPT_COST = 8;
/** Small, so that the bar moves. */
const CHUNK_SIZE = 50;
/** Real platforms send 60; nobody wants to watch that. */
const MAILS_PER_MINUTE = 3000;
const TENANTS = ['t1', 't2', 't3', 't4'];
const APP_NAME = 'Example Platform';
const MAIL_FROM = { name: APP_NAME, address: 'no-reply@example.com' };

/**
 * Runs the demo until Ctrl+C (or the end of the import with `exit`); then nothing of it runs on.
 * @returns the exit status
 */
export async function runDemo({ file, exit }: DemoOptions): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const root = projectRoot();
  const folder = path.join(root, '.demo');
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);

  const undo: (() => Promise<unknown>)[] = [];
  try {
    const { signal } = stopping;
    const stack = await startStack({
      dir: folder,
      settings: process.env,
      log: say,
      ui: true,
      bcryptCost: BCRYPT_COST,
      signal,
    });
    undo.push(() => stack.stop());
    const settings = await demoSettings(folder, stack);
    const client = await startWorker(settings, stack.temporalAddress, folder, undo);

    const sample = file ?? path.join(root, 'examples', 'users.csv');
    const request = {
      actor: 'demo',
      tenants: TENANTS,
      chunkSize: CHUNK_SIZE,
      invitations: { perMinute: MAILS_PER_MINUTE },
    };
    const { workflowId } = await startImport(client, sample, request, settings.importRoot, say);
    sayAddresses(stack, workflowId, say);
    const status = await follow(client.workflow.getHandle(workflowId), process.stdout, signal);
    if (signal.aborted) return status;
    await sayReport(settings.runsRoot, workflowId, say);
    if (exit) return status;
    sayAddresses(stack, workflowId, say);
    sayUndo(settings.runsRoot, workflowId, stack, say);
    say('All of it stays up until Ctrl+C.');
    await aborted(signal);
    return status;
  } catch (error) {
    if (stopping.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    say('\nStopping.');
    for (const next of undo.reverse()) await next();
    say(`Nothing is left running. The demo's data stays in ${folder}.`);
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
      ...(stack.kratosPublicUrl && { publicUrl: stack.kratosPublicUrl }),
    },
    mail: { smtpUrl: stack.smtpUrl, from: MAIL_FROM, appName: APP_NAME },
    importRoot,
    runsRoot,
    roles: ['admin', 'user', 'support'],
    tenants: undefined,
    bcryptCost: BCRYPT_COST,
  };
}

async function startWorker(
  settings: Settings,
  address: string,
  folder: string,
  undo: (() => Promise<unknown>)[],
): Promise<Client> {
  // The worker's log would tear the progress bar; what matters of it is in the Temporal UI.
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const workerConnection = await NativeConnection.connect({ address });
  undo.push(() => workerConnection.close());
  const mailer = createSmtpMailer(settings.mail);
  undo.push(async () => mailer.close());
  const worker = await createWorker(settings, {
    connection: workerConnection,
    namespace: 'default',
    mailer,
  });
  const running = worker.run();
  undo.push(async () => {
    worker.shutdown();
    await running;
  });
  const connection = await Connection.connect({ address });
  undo.push(() => connection.close());
  return new Client({ connection });
}

function sayAddresses(
  { temporalUiUrl, inbox }: Stack,
  workflowId: string,
  say: (line: string) => void,
): void {
  if (temporalUiUrl)
    say(`Temporal UI: ${temporalUiUrl}/namespaces/default/workflows/${workflowId}`);
  if (inbox) say(`Inbox:       ${inbox.pageUrl}`);
}

async function sayReport(
  runsRoot: string,
  workflowId: string,
  say: (line: string) => void,
): Promise<void> {
  const run = await findRun(runsRoot, workflowId);
  if (run) say(`Report:      ${new RunLayout(runsRoot, run).page}`);
}

/** Needs the demo's servers, which are there as long as it stays up. */
function sayUndo(
  runsRoot: string,
  workflowId: string,
  { temporalAddress }: Stack,
  say: (line: string) => void,
): void {
  say(
    `Take it back, from another shell: TEMPORAL_ADDRESS=${temporalAddress} IMPORT_RUNS=${runsRoot} npx user-import undo ${workflowId}`,
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
