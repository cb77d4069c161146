/** Tells operators by the ways that the settings name. */
import type { RunRef } from '../contract/ids.js';
import type { Channels, Delivery, Notification } from '../contract/notification.js';
import { MailError, type Mailer } from '../invitations/mail/mailer.js';
import { toCloudEvent, type Place } from './cloud-event.js';
import { toMail } from './notification-mail.js';
import { lacksSettings, NotifyError } from './notify-error.js';
import type { NotifySettings } from './settings.js';
import { createWebhook } from './webhook.js';

/** One notification on its way. */
export interface Telling {
  run: RunRef;
  notification: Notification;
  place: Place;
}

export interface Notifier {
  channels: Channels;
  /**
   * Tells one notification by one channel; a try that repeats another one tells it under the same id.
   * @throws NotifyError when it may be taken later
   */
  send(telling: Telling, channel: string, signal: AbortSignal): Promise<Delivery>;
}

/** @param domain of the sender of mails */
export function createNotifier(
  { webhook: settings, mailTo }: NotifySettings,
  { mailer, domain }: { mailer: Pick<Mailer, 'send'>; domain: string },
): Notifier {
  const webhook = settings && createWebhook(settings);
  return {
    channels: { webhook: webhook !== undefined, mails: mailTo.length },
    async send(telling, channel, signal) {
      const { run, notification, place } = telling;
      const number = Number(/^mail-(\d+)$/.exec(channel)?.[1]);
      const to = mailTo[number - 1];
      if (to !== undefined) return mail(mailer, toMail(telling, { to, number, domain }));
      if (channel !== 'webhook' || !webhook) {
        throw lacksSettings();
      }
      return webhook(toCloudEvent(run, notification, place), signal);
    },
  };
}

/** A mail whose answer was lost goes out again, under the same Message-ID. */
async function mail(
  mailer: Pick<Mailer, 'send'>,
  message: Parameters<Mailer['send']>[0],
): Promise<Delivery> {
  try {
    await mailer.send(message);
    return { taken: true };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    if (error.kind === 'refused') return { taken: false, why: error.message };
    throw new NotifyError(error.message);
  }
}
