/** The worker: what polls Temporal for imports and their chunks and does their work. */
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { HEARTBEAT_MS } from '../activities/attempt.js';
import type { AuditDatabase } from './audit/audit-database.js';
import type { Settings } from './config.js';
import { TASK_QUEUE } from './contract/ids.js';
import { createPasswordHasher } from './passwords/hasher.js';
import { createKratos } from './kratos/ory-kratos.js';
import { loadTemplates } from './invitations/mail/invitation-mail.js';
import type { Mailer } from './invitations/mail/mailer.js';

/** What a worker is connected to. Closed by whoever opened it, when the worker has ended. */
export interface WorkerConnections {
  connection: NativeConnection;
  namespace: string;
  mailer: Mailer;
  audit?: AuditDatabase | undefined;
}

/** Made by `npm run build` ahead of time. */
const BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** Chunks wait on Kratos for most of their time; more than Kratos can take at once is the imports' own `concurrency`. */
const ACTIVITIES_AT_ONCE = 50;
/** What is in flight may finish before a worker that is told to stop ends. */
const SHUTDOWN_GRACE = '30 seconds';

export function createWorker(
  settings: Settings,
  { connection, namespace, mailer, audit }: WorkerConnections,
): Promise<Worker> {
  const { mail } = settings;
  return Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: BUNDLE },
    activities: createActivities({
      kratos: createKratos(settings.kratos),
      importRoot: settings.importRoot,
      runsRoot: settings.runsRoot,
      roles: settings.roles,
      tenants: settings.tenants,
      passwords: {
        hash: createPasswordHasher(settings.bcryptCost),
        bcryptCost: settings.bcryptCost,
      },
      mailer,
      templates: loadTemplates(mail.templates),
      appName: mail.appName,
      mailDomain: mail.from.address.slice(mail.from.address.lastIndexOf('@') + 1),
      ...(audit && { audit }),
      now: () => new Date(),
    }),
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    maxHeartbeatThrottleInterval: HEARTBEAT_MS,
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
}
