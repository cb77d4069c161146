/**
 * Whether an execution goes on with an earlier one of its run. Apart from what makes use of it, since the interceptors
 * load this in every execution, and those of a chunk have nothing to go on with.
 */

/** Of Temporal's ContinueAsNewInitiator; a cron and a retry policy are others. */
const BY_ITS_OWN_CODE = 1;

let isContinued = false;

/** Called by the interceptor, with what Temporal itself says of this execution. */
export function setContinuedBy(initiator: number | undefined): void {
  isContinued = initiator === BY_ITS_OWN_CODE;
}

/** Whether the run's own code has ended the execution before this one, and begun this one. */
export function isContinuedByOwnCode(): boolean {
  return isContinued;
}
