import { workflowInfo } from '@temporalio/workflow';
import type { RunRef } from '../../src/contract/ids.js';
import { failRun } from './failures.js';

/**
 * Names the run, which is the same in all its executions, and checks what it was started with.
 * @throws the failure that ends the run
 */
export function startRun<Input>(
  request: unknown,
  parse: (request: unknown) => { ok: true; input: Input } | { ok: false; message: string },
): { ref: RunRef; input: Input } {
  const { workflowType, workflowId, firstExecutionRunId, cronSchedule } = workflowInfo();
  if (cronSchedule) {
    // Temporal gives all executions of a cron one first run id: they would share the folder of one run.
    throw failRun(
      'InvalidInput',
      `${workflowType} cannot run by a cron. Make a schedule that starts it: temporal schedule create.`,
    );
  }
  const parsed = parse(request);
  if (!parsed.ok) throw failRun('InvalidInput', parsed.message);
  return { ref: { workflowId, runId: firstExecutionRunId }, input: parsed.input };
}
