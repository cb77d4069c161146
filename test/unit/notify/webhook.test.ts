import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toCloudEvent } from '../../../src/notify/cloud-event.js';
import { NotifyError } from '../../../src/notify/notify-error.js';
import { signatureOf } from '../../../src/notify/signature.js';
import { createWebhook } from '../../../src/notify/webhook.js';
import { notificationOf, NOTIFIED_RUN } from '../../support/notifications.js';
import { startMailServer } from '../../support/mail-server.js';
import {
  startWebhookReceiver,
  type Answer,
  type WebhookReceiver,
} from '../../support/webhook-receiver.js';

const KEY = Buffer.alloc(32, 7);
const EVENT = toCloudEvent(NOTIFIED_RUN, notificationOf(), {
  namespace: 'default',
  taskQueue: 'user-import',
});

let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await startWebhookReceiver();
});
afterEach(() => receiver.stop());

const send = (signal = new AbortController().signal, answerWithinMs?: number) =>
  createWebhook({ url: receiver.url, secrets: [KEY] }, answerWithinMs)(EVENT, signal);

async function errorOf(work: Promise<unknown>): Promise<NotifyError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NotifyError);
  expect((error as Error).message).not.toMatch(/secret|127\.0\.0\.1|http:/);
  return error as NotifyError;
}

describe('the webhook', () => {
  it('posts a signed event of CloudEvents', async () => {
    expect(await send()).toEqual({ taken: true });
    const [{ method, path, headers, body }] = receiver.requests as [WebhookReceiver['requests'][0]];
    expect([method, path]).toEqual(['POST', '/hooks/secret-of-the-path?key=secret-of-the-query']);
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(EVENT)));
    const id = headers['webhook-id'] as string;
    const timestamp = Number(headers['webhook-timestamp']);
    expect(id).toBe(EVENT.id);
    expect(Math.abs(Date.now() / 1000 - timestamp)).toBeLessThan(60);
    expect(headers['webhook-signature']).toBe(signatureOf({ id, timestamp, body }, [KEY]));
  });

  it.each([200, 202, 204])('is content with %i', async (status) => {
    receiver.answers.push({ status });
    expect(await send()).toEqual({ taken: true });
  });

  it.each([400, 401, 403, 404, 410, 413])('gives up on %i', async (status) => {
    receiver.answers.push({ status });
    expect(await send()).toEqual({ taken: false, why: `The webhook answered ${status}` });
  });

  it.each<Answer>([
    { status: 500 },
    { status: 503 },
    { status: 408 },
    { status: 425 },
    { status: 429 },
    { status: 304 },
  ])('tries again after $status', async (answer) => {
    receiver.answers.push(answer);
    const { message, retryAfterMs } = await errorOf(send());
    expect(message).toBe(`The webhook answered ${answer.status}`);
    expect(retryAfterMs).toBeUndefined();
  });

  it('waits as long as it is asked to', async () => {
    receiver.answers.push({ status: 429, headers: { 'retry-after': '120' } });
    expect((await errorOf(send())).retryAfterMs).toBe(120_000);
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect by %i', async (status) => {
    const elsewhere = await startWebhookReceiver();
    receiver.answers.push({ status, headers: { location: elsewhere.url } });
    expect((await errorOf(send())).message).toBe(`The webhook answered ${status}`);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
  });

  it('reads nothing of an answer that never ends', async () => {
    receiver.answers.push({ status: 200, isEndless: true });
    expect(await send()).toEqual({ taken: true });
  });

  it('waits for no answer for ever, nor longer than its attempt', async () => {
    receiver.answers.push({ status: 'none' }, { status: 'none' });
    expect((await errorOf(send(undefined, 50))).message).toContain(
      'does not answer (TimeoutError)',
    );
    const attempt = new AbortController();
    setTimeout(() => attempt.abort(), 50);
    expect((await errorOf(send(attempt.signal))).message).toContain('does not answer (AbortError)');
  });

  it('tells nobody whose certificate is not to be trusted', async () => {
    const server = await startMailServer({ tls: 'from-start' });
    const url = `https://${new URL(server.url).host}/secret`;
    const { signal } = new AbortController();
    const told = createWebhook({ url, secrets: [KEY] })(EVENT, signal);
    expect((await errorOf(told)).message).toMatch(
      /^The webhook does not answer \((CERT_HAS_EXPIRED|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)\)$/,
    );
    await server.stop();
  });

  it('says by its code why nobody answers', async () => {
    await receiver.stop();
    expect((await errorOf(send())).message).toBe('The webhook does not answer (ECONNREFUSED)');
  });
});
