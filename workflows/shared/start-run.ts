import { workflowInfo } from '@temporalio/workflow';
import type { RunRef } from '../../src/contract/ids.js';
import { failRun } from './failures.js';

/**
 * Names the run, which is the same in all its executions, and checks what it was started with.
 * @param carried the second argument: only an earlier execution of the same run hands one over, by continue-as-new
 * @throws the failure that ends the run
 */
export function startRun<Input>(
  request: unknown,
  carried: unknown,
  parse: (request: unknown) => { ok: true; input: Input } | { ok: false; message: string },
): { ref: RunRef; input: Input } {
  const { workflowType, workflowId, firstExecutionRunId, continuedFromExecutionRunId } =
    workflowInfo();
  if (carried !== undefined && continuedFromExecutionRunId === undefined) {
    const message = `${workflowType} takes one JSON object; start it with that alone.`;
    throw failRun('InvalidInput', message);
  }
  const parsed = parse(request);
  if (!parsed.ok) throw failRun('InvalidInput', parsed.message);
  return { ref: { workflowId, runId: firstExecutionRunId }, input: parsed.input };
}
