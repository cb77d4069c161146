/** A mail server over SMTP, with nodemailer's pool of connections. */
import { createTransport, type SendMailOptions } from 'nodemailer';
import { MailError, type Mail, type Mailer, type Sender } from './mailer.js';
import { toMailError } from './smtp-errors.js';
import { needsTls } from './smtp-url.js';

export interface SmtpSettings {
  /**
   * `smtp:` (STARTTLS; without it only to this machine, or by `requireTLS=false`) or `smtps:` (TLS from the start);
   * may hold a login and nodemailer's parameters.
   */
  smtpUrl: string;
  from: Sender;
  /** Milliseconds; other than the defaults only where a test cannot wait. */
  limits?: { handOver: number; answer: number } | undefined;
}

const CONNECTIONS = 5;
/**
 * Connecting includes STARTTLS. The socket's timeout is the longest silence, and so the longest wait for an answer.
 * The URL may set others.
 */
const TIMEOUTS = { connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 60_000 };
/**
 * Firewalls forget connections that are silent for a minute or more without a word to either side: the next mail
 * would hang.
 */
const IDLE_MS = 30_000;
/**
 * How long `send` may take. A mail that is not handed over yet can be taken back with nothing lost, also from the
 * queue; a mail that is handed over gets the rest of the time for its answer.
 */
const LIMITS = { handOver: 45_000, answer: 90_000 };
/** What an address may not hold: nodemailer would change it, and the mail would go to another address. */
const NOT_IN_AN_ADDRESS = /[\p{Cc}<>]/u;

interface Message extends SendMailOptions {
  onHandedOver: () => void;
}

export function createSmtpMailer({ smtpUrl, from, limits = LIMITS }: SmtpSettings): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    ...TIMEOUTS,
    requireTLS: needsTls(smtpUrl),
    // A login that the server does not ask for means a wrong server or a wrong port: it is better said at once.
    forceAuth: true,
    pool: true,
    maxConnections: CONNECTIONS,
    idleTimeout: IDLE_MS,
    // The pool tries a mail again only when not a byte of it was sent because the connection was closed while idle;
    // that may hold for all connections.
    maxRequeues: CONNECTIONS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Runs for each mail, once it is composed.
  transport.use('stream', (mail, done) => {
    const { onHandedOver } = mail.data as Message;
    mail.message.processFunc((source) => source.once('end', onHandedOver));
    done();
  });

  return {
    async send(mail) {
      if (NOT_IN_AN_ADDRESS.test(mail.to)) {
        throw new MailError('refused', 'The address holds what no address may hold');
      }
      const takenBack = new AbortController();
      let isHandedOver = false;
      const timers = [
        setTimeout(() => !isHandedOver && takenBack.abort(), limits.handOver),
        setTimeout(() => takenBack.abort(), limits.answer),
      ];
      const message: Message = {
        ...compose(mail, from),
        onHandedOver: () => (isHandedOver = true),
        signal: takenBack.signal,
      };
      try {
        await transport.sendMail(message);
      } catch (error) {
        throw toMailError(error, isHandedOver);
      } finally {
        timers.forEach(clearTimeout);
      }
    },

    async verify() {
      try {
        await transport.verify();
      } catch (error) {
        throw toMailError(error, false);
      }
    },

    close: () => transport.close(),
  };
}

/** Addresses go as objects, header and envelope: as strings they would be parsed, and could become others. */
function compose({ to, messageId, subject, text, html }: Mail, from: Sender) {
  const recipient = { name: '', address: to };
  return {
    from: { name: from.name ?? '', address: from.address },
    to: recipient,
    envelope: { from: { name: '', address: from.address }, to: [recipient] },
    messageId,
    subject: literally(subject),
    text,
    html,
    headers: {
      // RFC 3834, and what Microsoft's servers read: no answers by machines.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
  };
}

/**
 * The base64 of 11 characters (44 bytes at most) fits into an encoded word of 75 characters, the most that RFC 2047
 * allows.
 */
const ENCODED_WORD_TEXT = /.{1,11}/gsu;

/**
 * nodemailer sends text that reads like an encoded word (RFC 2047) as it is, and the recipient would see it decoded. So
 * such a subject is encoded here.
 */
function literally(subject: string): string {
  if (!subject.includes('=?')) return subject;
  const parts = subject.match(ENCODED_WORD_TEXT) ?? [];
  return parts.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
}
