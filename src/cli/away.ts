/** Whether Temporal has answered at all. */
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** Of gRPC: no answer came, or none came in time. */
const NO_ANSWER = new Set([4, 14]);
/** And what passes by itself: too many requests, or a server that starts, ends or lost its database. */
const PASSING = new Set([...NO_ANSWER, 2, 8, 10, 13]);

/** Temporal has not answered, although it was asked several times. */
export function isNoAnswer(error: unknown): boolean {
  return NO_ANSWER.has(statusCodeOf(error));
}

/** Asking again may help. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(statusCodeOf(error));
}

function statusCodeOf(error: unknown): number {
  const failure = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(failure) ? failure.code : -1;
}
