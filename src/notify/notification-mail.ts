/** A notification as a mail to an operator: short, and plain text. */
import type { RunRef } from '../contract/ids.js';
import type { Notification } from '../contract/notification.js';
import { formatNumber, formatTime } from '../format.js';
import type { Mail } from '../invitations/mail/mailer.js';
import { oneLine } from '../invitations/mail/one-line.js';
import { eventIdOf, type Place } from './cloud-event.js';
import { describe, describeRows } from './describe.js';

const MOST_OF_A_SUBJECT = 200;

/** @param domain of the sender, which ends the Message-ID */
export function toMail(
  { run, notification, place }: { run: RunRef; notification: Notification; place: Place },
  { to, number, domain }: { to: string; number: number; domain: string },
): Mail {
  const { title, text, commands } = describe(notification, run);
  const { at, invitations } = notification;
  const id = eventIdOf(run, notification);
  const lines = [
    text,
    '',
    `${describeRows(notification)}.`,
    ...(invitations ? [describeInvitations(invitations)] : []),
    '',
    ...commands.map((command) => `  ${command}`),
    ...(place.url === undefined ? [] : ['', place.url]),
    '',
    `${formatTime(at)}, namespace ${place.namespace}, event ${id}`,
  ];
  return {
    to,
    messageId: `<${id}.${number}@${domain}>`,
    subject: oneLine(`[user import] ${run.workflowId} ${title}`, MOST_OF_A_SUBJECT),
    text: `${lines.join('\n')}\n`,
  };
}

function describeInvitations({
  due,
  sent,
  failed,
}: NonNullable<Notification['invitations']>): string {
  const lost = failed > 0 ? `, ${formatNumber(failed)} failed` : '';
  return `Invitations: ${formatNumber(sent)} of ${formatNumber(due)} sent${lost}.`;
}
