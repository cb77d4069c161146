/** What the failure of an activity or of a chunk means for the run. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  TemporalFailure,
} from '@temporalio/workflow';
import type { FileProblem } from '../../src/contract/codes.js';
import { FATAL, isFatal, type FailureDetail } from '../../src/contract/failures.js';
import type { Ending } from '../../src/contract/report.js';

/** The failure that an activity or chunk ended with, without Temporal's wrappers. */
export function causeOf(error: unknown): unknown {
  let cause = error;
  while (
    (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) &&
    cause.cause
  ) {
    cause = cause.cause;
  }
  return cause;
}

/** The failure, when it is one that ends the run. */
export function fatalFailure(error: unknown): ApplicationFailure | undefined {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && isFatal(cause.type) ? cause : undefined;
}

/**
 * Whether an error is the end of the run. Continue-as-new is none, nor is a fault of this code: thrown on, it fails the
 * workflow task and leaves the history as it is, so that a corrected worker goes on from there.
 */
export function endsRun(error: unknown): boolean {
  return error instanceof TemporalFailure;
}

/** @param detail for programs, such as the command line, which shows it its own way */
export function failRun(
  type: keyof typeof FATAL,
  message: string,
  detail?: FailureDetail,
): ApplicationFailure {
  const details = detail === undefined ? [] : [detail];
  return ApplicationFailure.create({ type, nonRetryable: true, message, details });
}

export function endingOf(error: unknown): Ending {
  if (isCancellation(error)) return 'cancelled';
  return fatalFailure(error)?.type === FATAL.ValidationFailed ? 'validation-failed' : 'failed';
}

/** What is wrong with the file as a whole, when that is why the import ended. */
export function fileProblemOf(error: unknown): FileProblem | undefined {
  const detail = fatalFailure(error)?.details?.[0] as FailureDetail | undefined;
  return detail && 'code' in detail ? detail : undefined;
}

/**
 * The last report of a run that fails or is cancelled. The run ends also without it.
 * @returns undefined when the report cannot be written
 */
export async function tryToReport<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await CancellationScope.nonCancellable(write);
  } catch (error) {
    if (!endsRun(error)) throw error;
    return undefined;
  }
}
