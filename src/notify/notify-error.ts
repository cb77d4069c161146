/**
 * The other side has not taken a notification, and may do so later. The message names the status or the error code; never
 * an address, a URL, or what the other side answered.
 */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';

  constructor(
    message: string,
    /** As long as the other side asks for, in milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** Workers have the same settings, except while they are replaced one by one. */
export function lacksSettings(): NotifyError {
  return new NotifyError('This worker lacks the NOTIFY_… settings of the others');
}
