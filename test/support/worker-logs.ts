/** Prints the end of each worker's log where a test fails: its world, and the log with it, is gone by then. */
import { afterEach } from 'vitest';
import { logTail } from '../../dev/servers/process.js';
import { workerProcesses } from './worker-process.js';

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const { logFile, running } of workerProcesses) {
    const state = running() ? 'still runs' : 'has ended';
    console.error(
      `The worker of ${logFile} ${state}. The end of its log:\n${await logTail(logFile)}`,
    );
  }
});
