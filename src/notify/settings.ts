/** The settings by which operators are told. None is ever quoted: addresses of webhooks and their secrets let others in. */
import { z } from 'zod';
import { isLoopback } from '../address.js';
import { MOST_MAILS } from '../contract/notification.js';
import { parseSender } from '../invitations/mail/sender.js';

export interface NotifySettings {
  webhook?: WebhookSettings | undefined;
  /** Addresses without names. */
  mailTo: readonly string[];
}

export interface WebhookSettings {
  url: string;
  /** Each signs: two while one takes the other's place. */
  secrets: readonly Buffer[];
}

export const webhookUrl = z.string().superRefine((text, context) => {
  const problem = webhookUrlProblem(text);
  if (problem !== undefined) context.addIssue(problem);
});

function webhookUrlProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'is not an https URL';
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '') {
    return 'holds a login: leave it out, the signature shows who sends';
  }
  if (hash !== '') return 'goes on with #, which is never sent';
  return protocol === 'http:' && !isLoopback(hostname)
    ? 'is http to another host, where everybody on the way reads along: use https'
    : undefined;
}

/** Of Standard Webhooks, as random bytes. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const SECRET = /^whsec_(?<base64>[A-Za-z0-9+/]+={0,2})$/;

export const webhookSecrets = z.string().transform((text, context): Buffer[] => {
  const keys = text.split(/[\s,]+/).map((part) => keyOf(part));
  if (keys.every((key) => key !== undefined) && keys.length <= 2) return keys;
  context.addIssue(
    `is not whsec_ with ${LEAST_BYTES} to ${MOST_BYTES} bytes as base64 behind it, or two of these: printf 'whsec_%s' "$(openssl rand -base64 32)"`,
  );
  return [];
});

function keyOf(secret: string): Buffer | undefined {
  const key = Buffer.from(SECRET.exec(secret)?.groups?.['base64'] ?? '', 'base64');
  return key.length >= LEAST_BYTES && key.length <= MOST_BYTES ? key : undefined;
}

export const mailTo = z.string().transform((text, context): string[] => {
  const parts = text.split(/[\n,]/).map((part) => part.trim());
  const addresses = parts.filter((part) => part !== '').map(addressOf);
  if (addresses.length > 0 && addresses.length <= MOST_MAILS && addresses.every((a) => a !== ''))
    return addresses;
  context.addIssue(
    `is not a list of 1 to ${MOST_MAILS} addresses with commas between them: ops@example.com,on-call@example.com`,
  );
  return [];
});

/** @returns an empty text for what is no address alone */
function addressOf(text: string): string {
  const parsed = parseSender(text);
  return parsed?.address === text ? text : '';
}

interface NotifyValues {
  NOTIFY_WEBHOOK_URL?: string | undefined;
  NOTIFY_WEBHOOK_SECRET?: Buffer[] | undefined;
  NOTIFY_MAIL_TO?: string[] | undefined;
}

/** @returns undefined where nobody is to be told */
export function notifySettingsOf(values: NotifyValues): NotifySettings | undefined {
  const { NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: secrets, NOTIFY_MAIL_TO } = values;
  const webhook = url && secrets ? { url, secrets } : undefined;
  return webhook || NOTIFY_MAIL_TO ? { webhook, mailTo: NOTIFY_MAIL_TO ?? [] } : undefined;
}

/** What is wrong with them together. */
export function notifyProblem(env: Record<string, string | undefined>): string | undefined {
  return !env['NOTIFY_WEBHOOK_URL'] === !env['NOTIFY_WEBHOOK_SECRET']
    ? undefined
    : 'NOTIFY_WEBHOOK_URL and NOTIFY_WEBHOOK_SECRET belong together; set both, or none';
}
