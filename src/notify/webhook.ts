/** Notifications by HTTP, to the one address that the settings name. */
import type { Delivery } from '../contract/notification.js';
import { retryAfter } from '../kratos/ory-errors.js';
import { VERSION } from '../version.js';
import type { CloudEvent } from './cloud-event.js';
import { NotifyError } from './notify-error.js';
import type { WebhookSettings } from './settings.js';
import { signatureOf } from './signature.js';

const ANSWER_WITHIN_MS = 15_000;
/** Not now: of the statuses of requests that are refused for good, all others. */
const LATER = new Set([408, 425, 429]);

export type Webhook = (event: CloudEvent, signal: AbortSignal) => Promise<Delivery>;

/**
 * A 2xx is taken, another 4xx is refused for good; all else may pass. Redirects are not followed, since one may lead
 * anywhere, and of an answer only the status is read. The certificate must be one that Node trusts.
 * @returns sends an event
 */
export function createWebhook(
  { url, secrets }: WebhookSettings,
  answerWithinMs = ANSWER_WITHIN_MS,
): Webhook {
  return async (event, signal) => {
    const { status, headers } = await post(url, toRequest(event, secrets, Date.now()), [
      signal,
      AbortSignal.timeout(answerWithinMs),
    ]);
    if (status >= 200 && status < 300) return { taken: true };
    const why = `The webhook answered ${status}`;
    if (status >= 400 && status < 500 && !LATER.has(status)) return { taken: false, why };
    throw new NotifyError(why, retryAfter(Object.fromEntries(headers), Date.now()));
  };
}

/** @param now milliseconds since 1970 */
export function toRequest(
  event: CloudEvent,
  keys: readonly Buffer[],
  now: number,
): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify(event);
  const timestamp = Math.floor(now / 1000);
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': `kratos-user-import/${VERSION}`,
    'webhook-id': event.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf({ id: event.id, timestamp, body }, keys),
  };
  return { headers, body };
}

async function post(
  url: string,
  request: { headers: Record<string, string>; body: string },
  signals: AbortSignal[],
): Promise<{ status: number; headers: Headers }> {
  try {
    const response = await fetch(url, {
      ...request,
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any(signals),
    });
    // However long it is.
    await response.body?.cancel();
    return response;
  } catch (error) {
    throw new NotifyError(`The webhook does not answer (${codeOf(error)})`);
  }
}

/** The operating system's or Node's word for it: messages quote the address. */
function codeOf(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  const code = cause?.code ?? name;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'no code';
}
