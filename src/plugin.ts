/** Makes a worker of one's own run imports, beside other workflows and with a data converter of its own. */
import { fileURLToPath } from 'node:url';
import {
  Runtime,
  Worker,
  type BundleOptions,
  type BundlerPlugin,
  type ReplayWorkerOptions,
  type WorkerOptions,
  type WorkerPlugin,
} from '@temporalio/worker';
import { SHORT_HEARTBEAT_MS } from '../activities/attempt.js';
import { createActivities } from '../activities/index.js';
import { announceSeries } from '../activities/measure.js';
import { openActivityDeps } from './activity-deps.js';
import type { Settings } from './config.js';
import { HandedBackError } from './contract/errors.js';
import { ensureRetention } from './purge/schedule.js';

const compiled = (file: string) => fileURLToPath(new URL(`../workflows/${file}`, import.meta.url));

/** The workflows, and what reads their messages: bundled with the converters of the worker that it is given to. */
export const workflowsPlugin: WorkerPlugin & BundlerPlugin = {
  name: 'kratos-user-import',
  configureWorker: withWorkflows,
  configureReplayWorker: withWorkflows,
  configureBundler: (options: BundleOptions) => ({
    ...options,
    workflowInterceptorModules: [
      ...(options.workflowInterceptorModules ?? []),
      compiled('interceptors.js'),
    ],
  }),
};

/**
 * A plugin for one worker, which then runs imports: adds the activities, the workflows and what reads their messages.
 *
 * The workflows are bundled when the worker is made, with its payload and failure converters and its interceptors. A
 * worker with workflows of its own exports these from its `workflowsPath`, too:
 * `export * from 'kratos-user-import/workflows'`. For a bundle made ahead of time, give this plugin to
 * `bundleWorkflowCode` as well.
 *
 * @param settings what `readSettings` read; those of the worker itself, such as its task queue, are the worker's here
 */
export function createImportPlugin(settings: Settings): WorkerPlugin & BundlerPlugin {
  let close: (() => Promise<void>) | undefined;
  const ending = new AbortController();
  return {
    ...workflowsPlugin,

    async configureWorker(options) {
      if (close) throw new Error('Each worker needs an import plugin of its own: make another.');
      const opened = await openActivityDeps(settings);
      close = opened.close;
      return {
        ...withWorkflows(options),
        activities: besides(
          options.activities ?? {},
          createActivities({ ...opened.deps, handBack: ending.signal }),
        ),
        // An attempt that is not heard for 20 seconds counts as dead: the SDK's own 60 seconds are too rare.
        maxHeartbeatThrottleInterval: SHORT_HEARTBEAT_MS,
      };
    },

    async runWorker(worker, next) {
      try {
        if (!(worker instanceof Worker)) {
          throw new Error(
            'This worker is of another copy of @temporalio/worker than the import plugin. Install the version that kratos-user-import names in its package.json, so that there is one.',
          );
        }
        await prepare(worker, settings);
        const unwatch = watchForEnd(worker, ending);
        await next(worker).finally(unwatch);
      } finally {
        await close?.();
      }
    },
  };
}

/** What `user-import worker` does before it runs. */
async function prepare(
  { client, options: { namespace, taskQueue } }: Worker,
  { retentionDays }: Settings,
): Promise<void> {
  const { logger, metricMeter } = Runtime.instance();
  announceSeries(metricMeter, namespace, taskQueue);
  const otherwise = client && (await ensureRetention(client, taskQueue, retentionDays));
  if (otherwise !== undefined) logger.warn(otherwise);
}

/** So often the worker is asked whether it is being ended, of which the SDK tells nobody. */
const WATCH_MS = 250;

/**
 * A signal may end the worker, or the program that it runs in: the SDK tells its activities only when the grace is over.
 * @returns ends the watch
 */
function watchForEnd(worker: Worker, ending: AbortController): () => void {
  const timer = setInterval(() => {
    if (['INITIALIZED', 'RUNNING'].includes(worker.getState())) return;
    ending.abort(new HandedBackError('the worker is being ended'));
    clearInterval(timer);
  }, WATCH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** A bundle made ahead of time has the workflows already. */
function withWorkflows<Options extends WorkerOptions | ReplayWorkerOptions>(
  options: Options,
): Options {
  if (options.workflowBundle) return options;
  return { ...options, workflowsPath: options.workflowsPath ?? compiled('index.js') };
}

function besides(theirs: object, ours: object): object {
  const taken = Object.keys(theirs).filter((name) => name in ours);
  if (taken.length > 0) {
    throw new Error(
      `The worker has activities of its own with names that imports need: ${taken.join(', ')}. Run them on another task queue.`,
    );
  }
  return { ...theirs, ...ours };
}
