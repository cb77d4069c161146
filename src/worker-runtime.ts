/** The SDK's runtime of the worker's process: its log and its metrics. */
import { createServer } from 'node:net';
import { Runtime } from '@temporalio/worker';
import type { Settings } from './config.js';
import { listen } from './listen.js';
import { bucketOverrides } from './telemetry/metrics.js';
import { logOptions } from './worker-log.js';

/** @throws SettingsError when nothing can listen at the address of the metrics */
export async function installRuntime({
  logLevel,
  logFormat,
  metricsAddress,
}: Pick<Settings, 'logLevel' | 'logFormat' | 'metricsAddress'>): Promise<Runtime> {
  const options = logOptions(logLevel, logFormat);
  if (metricsAddress === undefined) return Runtime.install(options);
  await tryListening(metricsAddress);
  return Runtime.install({
    ...options,
    telemetryOptions: {
      ...options.telemetryOptions,
      metrics: {
        prometheus: {
          bindAddress: metricsAddress,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
          histogramBucketOverrides: bucketOverrides(),
        },
      },
    },
  });
}

/** The SDK would say only that it failed. */
async function tryListening(address: string): Promise<void> {
  const server = createServer();
  await listen(server, 'METRICS_ADDRESS', address);
  await new Promise((resolve) => server.close(resolve));
}
