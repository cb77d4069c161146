/** A mail server over SMTP, with nodemailer's pool of connections. */
import { createTransport, type SendMailOptions, type SMTPPoolOptions } from 'nodemailer';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import { MailError, type Mail, type Mailer, type Sender } from './mailer.js';
import { toMailError } from './smtp-errors.js';

export interface SmtpSettings {
  /** `smtp:` (STARTTLS where it is offered) or `smtps:` (TLS from the start); may hold a login and nodemailer's parameters. */
  smtpUrl: string;
  from: Sender;
  /** Milliseconds; other ones only where a test cannot wait. */
  limits?: { handOver: number; answer: number };
}

const CONNECTIONS = 5;
/** Connecting includes STARTTLS. The socket's is the longest silence, and so the longest wait for an answer. */
const TIMEOUTS = { connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 60_000 };
/** Firewalls forget silent connections after a minute or more without a word to either side, and the next mail would hang. */
const IDLE_MS = 30_000;
/**
 * How long `send` may take. Until it is handed over a mail can be taken back with nothing lost, also from the queue; what is handed
 * over gets the rest of the time for its answer.
 */
const LIMITS = { handOver: 45_000, answer: 90_000 };
/** As nodemailer itself splits them, so that a line of a header stays below RFC 2047's 76 characters. */
const ENCODED_WORD_BYTES = 52;
/** What an address may not hold: nodemailer would change it, and the mail go to somebody else. */
const NOT_IN_AN_ADDRESS = /[\p{Cc}<>]/u;

interface Message extends SendMailOptions {
  onHandedOver: () => void;
}

export function createSmtpMailer({ smtpUrl, from, limits = LIMITS }: SmtpSettings): Mailer {
  const options: SMTPPoolOptions & { pool: true } = {
    ...TIMEOUTS,
    // A login that the server does not ask for is a wrong server or a wrong port: better said at once.
    forceAuth: true,
    ...parseConnectionUrl(smtpUrl),
    pool: true,
    maxConnections: CONNECTIONS,
    idleTimeout: IDLE_MS,
    // The pool tries a mail again only when not a byte of it was sent, since the connection was closed while idle; all of them
    // may have been.
    maxRequeues: CONNECTIONS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const transport = createTransport(options);
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

/** nodemailer sends what reads like an encoded word (RFC 2047) as it is, and the recipient would see it decoded. */
function literally(subject: string): string {
  return subject.includes('=?') ? encodeWord(subject, 'Q', ENCODED_WORD_BYTES) : subject;
}
