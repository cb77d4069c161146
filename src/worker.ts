/**
 * The worker: the process that polls Temporal for the tasks of workflows and activities. Everything it needs is built
 * here.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities, type ActivityDeps } from '../activities/index.js';
import { HEARTBEAT_MS } from '../activities/attempt.js';
import { createPostgresAudit } from './audit/postgres-audit.js';
import { kratosWarnings, type Settings } from './config.js';
import { loadTemplates } from './invitations/mail/invitation-mail.js';
import { createSmtpMailer } from './invitations/mail/smtp-mailer.js';
import { createKratos } from './kratos/ory-kratos.js';
import { createSignIns } from './kratos/ory-sign-in.js';
import { createHashingThreads, type PasswordHasher } from './passwords/hasher.js';
import { syncSchedule } from './purge/schedule.js';
import { checkSearchAttributes } from './registered-attributes.js';
import { connectWorker, taskQueue } from './temporal.js';
import { logOptions } from './worker-log.js';

/** Made by `npm run build` ahead of time. */
const BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** Chunks wait for Kratos most of their time; an import's own `concurrency` keeps Kratos from being overloaded. */
const ACTIVITIES_AT_ONCE = 50;
/** A worker that is shut down waits this long for the activities in flight. */
const SHUTDOWN_GRACE = '30 seconds';

/** Runs a worker until SIGINT or SIGTERM. @throws UnreachableError, or HashingError when it cannot hash */
export async function runWorker(settings: Settings): Promise<void> {
  const { logger } = Runtime.install(logOptions(settings.logLevel));
  for (const warning of kratosWarnings(settings.kratos)) logger.warn(warning);
  const temporal = await connectWorker();
  try {
    const { searchAttributes } = settings;
    if (searchAttributes) {
      await checkSearchAttributes(temporal.connection, temporal.namespace, searchAttributes);
    }
    const { worker, close } = await createWorker(settings, temporal);
    try {
      await syncSchedule(new Client(temporal), taskQueue(), settings.retentionDays);
      await worker.run();
    } finally {
      await close();
    }
  } finally {
    await temporal.connection.close();
  }
}

/** @returns a worker that does not run yet; `close` ends its other connections once the worker has stopped */
export async function createWorker(
  settings: Settings,
  { connection, namespace }: { connection: NativeConnection; namespace: string },
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
      workflowBundle: { codePath: BUNDLE },
      activities: createActivities(activityDeps(settings, { audit, mailer, hash: hashing.hash })),
      maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
      maxHeartbeatThrottleInterval: HEARTBEAT_MS,
      shutdownGraceTime: SHUTDOWN_GRACE,
    });
    return { worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function activityDeps(
  settings: Settings,
  { audit, mailer, hash }: Pick<ActivityDeps, 'audit' | 'mailer'> & { hash: PasswordHasher },
): ActivityDeps {
  const { kratos, mail, importRoot, runsRoot, roles, tenants, bcryptCost } = settings;
  return {
    kratos: createKratos(kratos),
    signIns: kratos.publicUrl === undefined ? undefined : createSignIns(kratos),
    importRoot,
    runsRoot,
    roles,
    tenants,
    projectParameters: settings.projectParameters,
    passwords: { hash, bcryptCost },
    mailer,
    templates: loadTemplates(mail.templates),
    appName: mail.appName,
    mailDomain: mail.from.address.slice(mail.from.address.lastIndexOf('@') + 1),
    audit,
    searchAttributes: settings.searchAttributes,
    temporalUiUrl: settings.temporalUiUrl,
    now: () => new Date(),
  };
}
