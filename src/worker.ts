/**
 * The worker: the process that polls Temporal for the tasks of workflows and activities. Everything it needs is built
 * here.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities, type ActivityDeps } from '../activities/index.js';
import { announceSeries } from '../activities/measure.js';
import { HEARTBEAT_MS } from '../activities/attempt.js';
import { HandedBackError } from './contract/errors.js';
import { createPostgresAudit } from './audit/postgres-audit.js';
import { kratosWarnings, type Settings } from './config.js';
import { serveHealth } from './health.js';
import { loadTemplates } from './invitations/mail/invitation-mail.js';
import { createSmtpMailer } from './invitations/mail/smtp-mailer.js';
import { createKratos } from './kratos/ory-kratos.js';
import { createSignIns } from './kratos/ory-sign-in.js';
import { createHashingThreads, type PasswordHasher } from './passwords/hasher.js';
import { ensureRetention } from './purge/schedule.js';
import { connectWorker, taskQueue } from './temporal.js';
import { startTracing, type Tracing } from './tracing.js';
import { installRuntime } from './worker-runtime.js';

/** Made by `npm run build` ahead of time. */
const BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
/** The same workflows with spans of their own. */
const TRACED_BUNDLE = fileURLToPath(new URL('../workflow-bundle-traced.js', import.meta.url));

/** @throws UnreachableError, HashingError when it cannot hash, SettingsError when it cannot listen */
export async function runWorker(settings: Settings): Promise<void> {
  const { logger, metricMeter } = await installRuntime(settings);
  for (const warning of kratosWarnings(settings.kratos)) logger.warn(warning);
  const tracing = await startTracing();
  const ending = watchForEnd();
  let worker: Worker | undefined;
  const closeHealth = await serveHealth(settings.healthAddress, {
    isAlive: () => worker?.getState() !== 'FAILED',
    isReady: () => !ending.signal.aborted && worker?.getState() === 'RUNNING',
  });
  try {
    const temporal = await connectWorker();
    try {
      const created = await createWorker(settings, temporal, { shutdown: ending.signal, tracing });
      ({ worker } = created);
      try {
        announceSeries(metricMeter, temporal.namespace, taskQueue());
        const client = new Client(temporal);
        const otherwise = await ensureRetention(client, taskQueue(), settings.retentionDays);
        if (otherwise !== undefined) logger.warn(otherwise);
        await worker.run();
      } finally {
        await created.close();
      }
    } finally {
      await temporal.connection.close();
    }
  } finally {
    ending.unwatch();
    await closeHealth();
    await tracing?.close();
  }
}

/** The signals on which the SDK ends its workers. */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const;

/** The SDK tells its activities only when the grace is over: this tells them at once. */
function watchForEnd(): { signal: AbortSignal; unwatch: () => void } {
  const control = new AbortController();
  const end = (): void => control.abort(new HandedBackError('the worker is being ended'));
  for (const signal of ENDING_SIGNALS) process.once(signal, end);
  const unwatch = (): void => ENDING_SIGNALS.forEach((signal) => process.off(signal, end));
  return { signal: control.signal, unwatch };
}

/**
 * @param options `shutdown` is aborted when the worker is being ended; `tracing` where traces go somewhere
 * @returns a worker that does not run yet; `close` ends its other connections once the worker has stopped
 */
export async function createWorker(
  settings: Settings,
  { connection, namespace }: { connection: NativeConnection; namespace: string },
  { shutdown, tracing }: { shutdown?: AbortSignal; tracing?: Tracing | undefined } = {},
): Promise<{ worker: Worker; close: () => Promise<void> }> {
  const audit = settings.audit && createPostgresAudit(settings.audit);
  const mailer = createSmtpMailer(settings.mail);
  const close = async (): Promise<void> => {
    mailer.close();
    await audit?.close();
  };
  try {
    const hashing = createHashingThreads(settings.bcryptCost, settings.hashingThreads);
    await hashing.test();
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: taskQueue(),
      workflowBundle: { codePath: tracing ? TRACED_BUNDLE : BUNDLE },
      plugins: tracing ? [tracing.plugin] : [],
      activities: createActivities({
        ...activityDeps(settings, { audit, mailer, hash: hashing.hash, tracing }),
        shutdown,
      }),
      maxConcurrentActivityTaskExecutions: settings.maxActivities,
      maxHeartbeatThrottleInterval: HEARTBEAT_MS,
      shutdownGraceTime: settings.shutdownGraceSeconds * 1000,
    });
    return { worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function activityDeps(
  { kratos, mail, importRoot, runsRoot, roles, tenants, bcryptCost, projectParameters }: Settings,
  {
    audit,
    mailer,
    hash,
    tracing,
  }: Pick<ActivityDeps, 'audit' | 'mailer'> & {
    hash: PasswordHasher;
    tracing: Tracing | undefined;
  },
): ActivityDeps {
  const connection = { ...kratos, traceRequests: tracing?.traceRequests };
  return {
    kratos: createKratos(connection),
    signIns: kratos.publicUrl === undefined ? undefined : createSignIns(connection),
    importRoot,
    runsRoot,
    roles,
    tenants,
    projectParameters,
    passwords: { hash, bcryptCost },
    mailer,
    templates: loadTemplates(mail.templates),
    appName: mail.appName,
    mailDomain: mail.from.address.slice(mail.from.address.lastIndexOf('@') + 1),
    audit,
    now: () => new Date(),
  };
}
