/**
 * The worker: the process that polls Temporal for the tasks of workflows and activities. Everything it needs is built
 * here.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import {
  Worker,
  type NativeConnection,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { announceSeries } from '../activities/measure.js';
import { SHORT_HEARTBEAT_MS } from '../activities/attempt.js';
import { openActivityDeps } from './activity-deps.js';
import { HandedBackError } from './contract/errors.js';
import { kratosWarnings, type Settings } from './config.js';
import { serveHealth } from './health.js';
import { workflowsPlugin } from './plugin.js';
import { ensureRetention } from './purge/schedule.js';
import { checkSearchAttributes } from './registered-attributes.js';
import { connectWorker, dataConverter, taskQueue } from './temporal.js';
import { startTracing, type Tracing } from './tracing.js';
import { greet } from './worker-greeting.js';
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
      const { searchAttributes } = settings;
      if (searchAttributes) {
        await checkSearchAttributes(temporal.connection, temporal.namespace, searchAttributes);
      }
      const created = await createWorker(settings, temporal, { shutdown: ending.signal, tracing });
      ({ worker } = created);
      try {
        announceSeries(metricMeter, temporal.namespace, taskQueue());
        const client = new Client({ ...temporal, dataConverter: dataConverter() });
        const otherwise = await ensureRetention(client, taskQueue(), settings.retentionDays);
        if (otherwise !== undefined) logger.warn(otherwise);
        const running = worker.run();
        // Beside it: imports do not wait for what is only said.
        void greet(logger, settings, temporal.namespace).catch(() => undefined);
        await running;
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
  const { deps, close } = await openActivityDeps(settings, tracing);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: taskQueue(),
      ...workflowsFor(dataConverter(), tracing),
      activities: createActivities({ ...deps, handBack: shutdown }),
      maxConcurrentActivityTaskExecutions: settings.maxActivities,
      maxHeartbeatThrottleInterval: SHORT_HEARTBEAT_MS,
      shutdownGraceTime: settings.shutdownGraceSeconds * 1000,
      workerDeploymentOptions: settings.deployment && versionOf(settings.deployment),
    });
    return { worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An import ends on the version of the workflows on which it has begun, and its chunks and mails run on that, too. */
function versionOf({
  name,
  buildId,
}: NonNullable<Settings['deployment']>): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: name, buildId },
    defaultVersioningBehavior: 'PINNED',
  };
}

/** Codecs run beside the workflows, converters inside: with one of those, the workflows are bundled anew. */
function workflowsFor(
  converter: DataConverter | undefined,
  tracing: Tracing | undefined,
): Partial<WorkerOptions> {
  const traces = tracing ? [tracing.plugin] : [];
  const isInside = converter?.payloadConverterPath ?? converter?.failureConverterPath;
  if (isInside) return { dataConverter: converter, plugins: [workflowsPlugin, ...traces] };
  const workflowBundle = { codePath: tracing ? TRACED_BUNDLE : BUNDLE };
  return { dataConverter: converter, workflowBundle, plugins: traces };
}
