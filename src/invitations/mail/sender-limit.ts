/**
 * Which limit of the sender a mail server's answer is about: a limit is nobody's fault who was to get the mail. By the
 * status, the enhanced status code (RFC 3463) and, since many servers give none or a vague one, by words of the text.
 * The text may quote the mail: it is matched here, and goes nowhere.
 */

/**
 *   rate         too many mails in too short a time
 *   connections  too many connections at once
 *   session      too many mails over one connection: the next one takes the mail
 *   quota        too many mails this hour or this day
 */
export type SenderLimit = 'rate' | 'connections' | 'session' | 'quota';

/** An answer to a command. */
export interface SmtpAnswer {
  status: number;
  /** As nodemailer has it: all lines, each with its status. */
  text: string;
  /** The SMTP command, or CONN for the greeting. */
  command: string;
}

/** Codes that leave no doubt, without their class: Exchange Online's and Gmail's own, for the most part. */
const LIMIT_OF_CODE: Record<string, SenderLimit> = {
  '1.90': 'quota',
  '2.251': 'quota',
  '2.252': 'quota',
  '2.253': 'quota',
  '2.254': 'quota',
  '2.255': 'quota',
  '4.5': 'rate',
  '5.3': 'rate',
  '7.28': 'rate',
  '7.233': 'quota',
  '7.705': 'quota',
};
/** Of Exchange Online, to senders that it slows down. */
const SLOWED_DOWN = /^7\.[56]\d\d$/;
/** Gmail's and Exchange's words for "not so many", where 421 alone would mean that the server closes down. */
const MAY_BE_TOO_MANY = new Set(['3.2', '7.0']);
/** Exchange Online has the mail of its own sender in hand, whose mailbox may be full of what was sent. */
const SENDERS_MAILBOX = /storedrv\.(clientsubmit|submission)/;

/** Numbers of something else. */
const OTHER_NUMBERS =
  /\b(size|length|large|bytes?|lines?|headers?|hops?|attachments?|storage|disk|space|score|content|dmarc|dkim|spf)\b/;
const RECIPIENTS = new RegExp(
  [
    String.raw`\breceiving\b|\breceive limit\b|\bcan receive\b`,
    String.raw`\brecipient('s)? ((thread|mailbox|inbox|quota)\b|has (exceeded|reached)\b)`,
    String.raw`\b(mailbox|inbox|account|user)\b.{0,40}\b(full|over ?quota)\b`,
    String.raw`\b(mailbox|inbox)\b.{0,30}\b(quota|limit)|\b(quota|limit)\b.{0,30}\b(mailbox|inbox)\b`,
    String.raw`\btoo many (mails|e-?mails|messages) in\b.{0,20}\b(mailbox|inbox)\b`,
  ].join('|'),
);
const SENDERS =
  /\b(send(ing|er|ers)?|sent|outgoing|outbound|relay|submission)\b|\b(daily|hourly)\b|\bper (second|minute|hour|day)\b/;
const TOO_MANY =
  /\btoo (many|much|fast|quickly|often)\b|\b(rates?|rate-?limit(ed|s)?|quotas?|throttl\w*|thresholds?)\b|\blimits?\b.{0,40}\b(reached|exceed\w*|hit)\b|\b(exceed\w*|reached|over)\b.{0,60}\b(limits?|max)\b|\bmaximum\b.{0,60}\b(exceed\w*|reached)\b|\bper (session|connection) limit\b|\b(concurrent|simultaneous)\b|\bslow down\b/;
const OF_A_SESSION =
  /\b(mails?|e-?mails?|messages?|transactions?|recipients?)\b.{0,30}\b(per|this|one|each|same|single)\b.{0,12}\b(session|connection)\b|\btoo many errors\b/;
const OF_CONNECTIONS =
  /\b(concurren\w*|simultaneous\w*)\b|\btoo many\b.{0,30}\b(connections?|sessions?|logins?|clients?)\b|\b(connections?|sessions?|logins?)\b.{0,20}\b(limit|rate|count)\b|\bsender thread limit\b|\bports are busy\b/;
const OF_HOURS_OR_DAYS =
  /\b(daily|hourly|weekly|monthly|quotas?|thresholds?)\b|\bper (hour|day|week|month)\b|\b24.?hours?\b/;
const CONNECTING = /^(CONN|EHLO|HELO|AUTH)\b/;
const LONGEST_TEXT = 2000;

/** @returns undefined: the answer is about this mail, its recipient or the server */
export function senderLimitOf(answer: SmtpAnswer): SenderLimit | undefined {
  const { status, command } = answer;
  if (status < 400) return undefined;
  const code = enhancedCodeOf(answer)?.slice(2) ?? '';
  const words = wordsOf(answer.text);
  if (!SENDERS_MAILBOX.test(words) && !mayBeSenders(status, code, words)) return undefined;
  if (TOO_MANY.test(words) && !OTHER_NUMBERS.test(words)) return limitOfWords(words);
  if (SENDERS_MAILBOX.test(words)) return 'quota';
  if (status === 432) return 'connections';
  if (status >= 500 && code === '4.5') return 'quota';
  const limit = LIMIT_OF_CODE[code] ?? (SLOWED_DOWN.test(code) ? 'rate' : undefined);
  if (limit || status !== 421 || !MAY_BE_TOO_MANY.has(code)) return limit;
  return CONNECTING.test(command) ? 'connections' : 'rate';
}

/** The enhanced status code of an answer, such as `4.7.0`: digits, and nothing of the text. */
export function enhancedCodeOf({ text }: Pick<SmtpAnswer, 'text'>): string | undefined {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1];
}

/** Addresses (subject 1) and mailboxes (subject 2) are the recipient's, unless the answer says otherwise. */
function mayBeSenders(status: number, code: string, words: string): boolean {
  if (Object.hasOwn(LIMIT_OF_CODE, code)) return true;
  if (code.startsWith('1.') || RECIPIENTS.test(words)) return false;
  const isOfMailbox = code.startsWith('2.') || (code === '' && status === 552);
  return !isOfMailbox || SENDERS.test(words);
}

function limitOfWords(words: string): SenderLimit {
  if (OF_A_SESSION.test(words)) return 'session';
  if (OF_CONNECTIONS.test(words)) return 'connections';
  return OF_HOURS_OR_DAYS.test(words) ? 'quota' : 'rate';
}

/** Without statuses, addresses and links, which may hold any word. */
function wordsOf(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .toLowerCase()
    .replaceAll(/^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3}\s)?/gm, '')
    .replaceAll(/<[^>\n]*>|\S+@\S+|https?:\S+/g, ' ')
    .replaceAll(/\s+/g, ' ');
}
