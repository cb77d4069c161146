import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toCloudEvent } from '../../../src/notify/cloud-event.js';
import { webhookSecrets } from '../../../src/notify/settings.js';
import { signatureOf } from '../../../src/notify/signature.js';
import { toRequest } from '../../../src/notify/webhook.js';
import { notificationOf, NOTIFIED_RUN } from '../../support/notifications.js';

/** The vector of Standard Webhooks' own libraries. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const NEXT = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = 1_764_268_000_000;

describe('the signature of a webhook', () => {
  it('is that of Standard Webhooks', () => {
    expect(signatureOf(VECTOR, webhookSecrets.parse(VECTOR.secret))).toBe(VECTOR.signature);
  });

  it('is made by each of two secrets, so that one can take the other’s place', () => {
    const both = signatureOf(VECTOR, webhookSecrets.parse(`${NEXT} ${VECTOR.secret}`));
    const next = signatureOf(VECTOR, webhookSecrets.parse(NEXT));
    expect(both).toBe(`${next} ${VECTOR.signature}`);
  });
});

describe('the receiver of docs/notifications.md', () => {
  type Verify = (
    headers: Record<string, string>,
    body: string,
    secret: string,
    now?: number,
  ) => boolean;

  const verifierOfThePage = async (): Promise<Verify> => {
    const page = readFileSync('docs/notifications.md', 'utf8');
    const code = /```js\n([\s\S]*?)```/.exec(page)![1]!;
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(15);
    const module = (await import(
      `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
    )) as { isFromImport: Verify };
    return module.isFromImport;
  };

  const event = toCloudEvent(NOTIFIED_RUN, notificationOf(), {
    namespace: 'default',
    taskQueue: 'user-import',
  });

  it('takes what a worker sends, by either secret', async () => {
    const verify = await verifierOfThePage();
    const keys = webhookSecrets.parse(`${NEXT} ${VECTOR.secret}`);
    const { headers, body } = toRequest(event, keys, NOW);
    expect(verify(headers, body, VECTOR.secret, NOW)).toBe(true);
    expect(verify(headers, body, NEXT, NOW + 299_000)).toBe(true);
  });

  it('takes nothing that was changed, is old, or signed by others', async () => {
    const verify = await verifierOfThePage();
    const { headers, body } = toRequest(event, webhookSecrets.parse(VECTOR.secret), NOW);
    const refused: Parameters<Verify>[] = [
      [headers, body.replace('canary', 'plan'), VECTOR.secret, NOW],
      [{ ...headers, 'webhook-id': 'another' }, body, VECTOR.secret, NOW],
      [{ ...headers, 'webhook-timestamp': '1764268001' }, body, VECTOR.secret, NOW],
      [{ ...headers, 'webhook-signature': 'v1,' }, body, VECTOR.secret, NOW],
      [{}, body, VECTOR.secret, NOW],
      [headers, body, NEXT, NOW],
      [headers, body, VECTOR.secret, NOW + 301_000],
      [headers, body, VECTOR.secret, NOW - 301_000],
    ];
    for (const given of refused) expect(verify(...given)).toBe(false);
  });
});
