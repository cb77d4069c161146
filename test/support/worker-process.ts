import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { nodeFlagsOfImage } from '../../dev/servers/image.js';
import { startProcess, type ServerProcess } from '../../dev/servers/process.js';
import { until } from './until.js';
import type { World } from './world.js';

export const PROGRAM = fileURLToPath(new URL('../../bin/user-import.cjs', import.meta.url));

/** The settings that a worker or a command of this world needs, as a whole environment. */
export function environmentOf(world: World): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TEMPORAL_ADDRESS: world.temporalAddress,
    TEMPORAL_NAMESPACE: world.namespace,
    KRATOS_ADMIN_URL: world.kratos.adminUrl,
    SMTP_URL: world.smtpUrl,
    MAIL_FROM: 'Example Platform <no-reply@example.com>',
    APP_NAME: 'Example Platform',
    IMPORT_ROOT: world.importRoot,
    IMPORT_RUNS: world.runs,
    PASSWORD_BCRYPT_COST: '4',
    IMPORT_ACTOR: 'alice',
  };
}

export interface WorkerProcess extends ServerProcess {
  log(): Promise<string>;
}

/** The workers that this test file has started. */
export const workerProcesses: { logFile: string; running: () => boolean }[] = [];

/** A worker as the image starts it, ended with its world. `settings` override the world's. */
export async function startWorker(
  world: World,
  settings: Record<string, string> = {},
  program = PROGRAM,
): Promise<WorkerProcess> {
  const logFile = path.join(world.runs, '..', `worker-${workerProcesses.length + 1}.log`);
  const worker = await startProcess({
    name: 'worker',
    command: process.execPath,
    args: [...nodeFlagsOfImage(), program, 'worker'],
    env: { ...environmentOf(world), ...settings },
    logFile,
    cwd: path.dirname(logFile),
  });
  workerProcesses.push({ logFile, running: worker.running });
  world.onClose(() => worker.stop());
  return Object.assign(worker, { log: () => readFile(logFile, 'utf8') });
}

/** Waits until a worker asks Temporal for work, so that Temporal's pages know of it. */
export async function untilPolled({ workflowService, options }: Client): Promise<void> {
  const { namespace } = options;
  const taskQueue = { name: 'user-import' };
  await until(async () => {
    const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue });
    return pollers.length > 0;
  });
}
