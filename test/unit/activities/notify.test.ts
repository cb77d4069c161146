import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { notifyActivities, withChannels } from '../../../activities/notify.js';
import { createNotifier } from '../../../src/notify/notifier.js';
import { MailError, type Mail } from '../../../src/invitations/mail/mailer.js';
import { ActivityContext } from '../../support/activity-context.js';
import { notificationOf, NOTIFIED_RUN } from '../../support/notifications.js';

const CHANNELS = { webhook: false, mails: 2 };

/** Operators who are told by mail alone. */
function notifierOf(send: (mail: Mail) => Promise<void>) {
  const mailTo = ['ops@example.com', 'on-call@example.com'];
  return createNotifier({ mailTo }, { mailer: { send }, domain: 'example.org' });
}

function tell(
  channel: string,
  send: (mail: Mail) => Promise<void>,
  context = new ActivityContext(),
): Promise<unknown> {
  const { sendNotification } = notifyActivities({ notifier: notifierOf(send) });
  const request = { run: NOTIFIED_RUN, notification: notificationOf(), channel };
  return context.run(() => sendNotification(request));
}

describe('the activity that tells operators', () => {
  it('mails the address of its channel alone', async () => {
    const to: string[] = [];
    const send = async (mail: Mail) => void to.push(mail.to);
    expect(await tell('mail-2', send)).toEqual({ taken: true });
    expect(to).toEqual(['on-call@example.com']);
  });

  it('gives up a mail that is refused for good, and says why', async () => {
    const refuse = () => Promise.reject(new MailError('refused', 'The mail server answered 550'));
    const context = new ActivityContext();
    const why = 'The mail server answered 550';
    expect(await tell('mail-1', refuse, context)).toEqual({ taken: false, why });
    expect(context.warnings).toEqual([`Operators were not told: ${why}.`]);
  });

  it.each(['away', 'later', 'unsure'] as const)('tries a mail again that is %s', async (kind) => {
    const fail = () => Promise.reject(new MailError(kind, 'The mail server answered 421'));
    await expect(tell('mail-1', fail)).rejects.toMatchObject({
      type: 'NotificationLater',
      message: expect.stringContaining('answered 421. It is told later.') as string,
    });
  });

  it.each(['webhook', 'mail-3', 'mail-0', 'mail-', '__proto__'])(
    'leaves what it has no setting for to another worker: %s',
    async (channel) => {
      const send = () => Promise.reject(new Error('nobody is mailed'));
      await expect(tell(channel, send)).rejects.toMatchObject({ type: 'NotificationLater' });
    },
  );
});

describe('a preflight', () => {
  const deps = { notifier: notifierOf(() => Promise.resolve()) };
  const fail = (failure: Error) => () => Promise.reject<object>(failure);

  it('names the ways to tell operators, or none', async () => {
    const answer = () => Promise.resolve({ a: 1 });
    expect(await withChannels(deps, answer)).toEqual({ a: 1, channels: CHANNELS });
    expect(await withChannels({}, answer)).toEqual({ a: 1 });
  });

  it('names them in its failure, which stays as it is', async () => {
    const failure = ApplicationFailure.create({
      ...{ type: 'ValidationFailed', message: 'missing_header', nonRetryable: true },
      details: [{ code: 'missing_header' }],
    });
    await expect(withChannels(deps, fail(failure))).rejects.toMatchObject({
      ...{ type: 'ValidationFailed', message: 'missing_header', nonRetryable: true },
      details: [{ code: 'missing_header' }, { channels: CHANNELS }],
    });
    const later = ApplicationFailure.create({
      ...{ type: 'KratosUnavailable', message: 'away', nextRetryDelay: 5 },
    });
    await expect(withChannels(deps, fail(later))).rejects.toMatchObject({
      ...{ nonRetryable: false, nextRetryDelay: 5 },
      details: [undefined, { channels: CHANNELS }],
    });
    await expect(withChannels({}, fail(failure))).rejects.toBe(failure);
  });

  it('leaves any other error as it is', async () => {
    const cancellation = new Error('cancelled');
    await expect(withChannels(deps, fail(cancellation))).rejects.toBe(cancellation);
  });
});
