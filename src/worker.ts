/**
 * The worker: the process that polls Temporal for the tasks of workflows and activities. Everything it needs is built
 * here.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { Runtime, Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { HEARTBEAT_MS } from '../activities/attempt.js';
import { openActivityDeps } from './activity-deps.js';
import { kratosWarnings, type Settings } from './config.js';
import { workflowsPlugin } from './plugin.js';
import { syncSchedule } from './purge/schedule.js';
import { connectWorker, dataConverter, taskQueue } from './temporal.js';
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
    const { worker, close } = await createWorker(settings, temporal);
    try {
      await syncSchedule(
        new Client({ ...temporal, dataConverter: dataConverter() }),
        taskQueue(),
        settings.retentionDays,
      );
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
  const { deps, close } = await openActivityDeps(settings);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: taskQueue(),
      ...workflowsFor(dataConverter()),
      activities: createActivities(deps),
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

/** Codecs run beside the workflows, converters inside: with one of those, the workflows are bundled anew. */
function workflowsFor(converter: DataConverter | undefined): Partial<WorkerOptions> {
  const isInside = converter?.payloadConverterPath ?? converter?.failureConverterPath;
  return isInside
    ? { dataConverter: converter, plugins: [workflowsPlugin] }
    : { dataConverter: converter, workflowBundle: { codePath: BUNDLE } };
}
