/** Continue-as-new: what an execution hands over to the next one of the same run, and how that takes it back. */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { isContinuedByOwnCode } from './continued.js';
import { failRun } from './failures.js';
import { areChildrenStarted } from './notifications.js';

/** Raised when the state that is handed over changes its shape. */
const FORMAT = 1;

interface Carried {
  format: number;
  state: unknown;
}

/** What the next execution of a run needs. */
export interface Continuable {
  input: object;
  state: object;
}

/** Goes on with an empty history. Only while nothing is in flight. */
export async function continueRun({ input, state }: Continuable): Promise<never> {
  await condition(() => allHandlersFinished() && areChildrenStarted());
  return continueAsNew(input, carry(state));
}

/** A state as it is handed over. */
export function carry(state: object): object {
  return { format: FORMAT, state } satisfies Carried;
}

/**
 * The state that an earlier execution of the run has handed over; undefined in the first one. Whoever starts a workflow
 * can give it a second argument, and a cron or a retry policy of Temporal repeats it: it counts only where this
 * execution was continued as new by its own code.
 * @param schema what the state must be
 * @throws the failure that ends the run, for a second argument that was not handed over. An error that fails the
 * workflow task alone, for a state that this worker does not know: a worker of the right version can go on
 */
export function takeCarried<State>(
  carried: unknown,
  schema: () => z.ZodType<State>,
): State | undefined {
  if (carried === undefined) return undefined;
  if (!isContinuedByOwnCode()) {
    const { workflowType } = workflowInfo();
    throw failRun(
      'InvalidInput',
      `${workflowType} takes one JSON object; start it with that alone.`,
    );
  }
  return parseCarried(carried, schema());
}

/** @throws Error for a state that this worker does not know */
export function parseCarried<State>(carried: unknown, schema: z.ZodType<State>): State {
  const { format, state } = (carried ?? {}) as Partial<Carried>;
  if (format !== FORMAT) {
    throw new Error(`The state handed over is not of format ${FORMAT}, which this worker knows.`);
  }
  const parsed = schema.safeParse(state);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`The state handed over is not right: ${issue?.path.join('.')}.`);
}
