/** A mail server over SMTP, by nodemailer. */
import { Transform, type Readable } from 'node:stream';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { MailError, type Mail, type Mailer, type Sender } from './mailer.js';
import type { OAuth2Settings } from './oauth2-settings.js';
import { tokenLogin, type TokenLogin } from './oauth2-token.js';
import { IDLE_MS, SmtpConnections, type Line } from './smtp-connections.js';
import { isClosedEarly, toMailError } from './smtp-errors.js';
import { needsTls } from './smtp-url.js';

export interface SmtpSettings {
  /**
   * `smtp:` (STARTTLS; without it only to this machine, or by `requireTLS=false`) or `smtps:` (TLS from the start);
   * may hold a login and nodemailer's parameters.
   */
  smtpUrl: string;
  from: Sender;
  /** A login by OAuth2, where the URL has none. */
  oauth2?: OAuth2Settings | undefined;
  /** Milliseconds; other than the defaults only where a test cannot wait. */
  limits?: { handOver: number; answer: number } | undefined;
}

/**
 * Connecting includes STARTTLS. The socket's timeout is the longest silence, and so the longest wait for an answer.
 * The URL may set others.
 */
const TIMEOUTS = { connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 60_000 };
/**
 * How long `send` may take. A mail that is not handed over yet can be taken back with nothing lost, also from the
 * queue; a mail that is handed over gets the rest of the time for its answer.
 */
const LIMITS = { handOver: 45_000, answer: 90_000 };
const TAKEN_BACK = Object.assign(new Error('taken back'), { code: 'EABORT' });
/** What an address may not hold: nodemailer would change it, and the mail would go to another address. */
const NOT_IN_AN_ADDRESS = /[\p{Cc}<>]/u;

/** Each time, another connection is tried: all may be closed by now, or full. */
const MOST_CONNECTIONS_TRIED = 10;

interface Message extends SendMailOptions {
  onHandedOver: () => void;
}

interface SmtpLine extends Line {
  send(message: Message): Promise<unknown>;
}

export function createSmtpMailer(settings: SmtpSettings): Mailer {
  const { from, limits = LIMITS } = settings;
  const login = settings.oauth2 && tokenLogin(settings.oauth2);
  const options = transportOptions(settings, login);
  const connections = new SmtpConnections(() => openLine(options));

  return {
    async send(mail, isGivenUp = () => false) {
      if (NOT_IN_AN_ADDRESS.test(mail.to)) {
        throw new MailError('refused', 'The address holds what no address may hold');
      }
      const takenBack = new AbortController();
      const { signal } = takenBack;
      let isHandedOver = false;
      const timers = [
        setTimeout(() => !isHandedOver && takenBack.abort(TAKEN_BACK), limits.handOver),
        setTimeout(() => takenBack.abort(TAKEN_BACK), limits.answer),
      ];
      const onHandedOver = (): void => void (isHandedOver = true);
      const message: Message = { ...compose(mail, from), onHandedOver, signal };
      try {
        for (let tried = 1; ; tried++) {
          isHandedOver = false;
          const is = { handedOver: () => isHandedOver, givenUp: isGivenUp };
          const failure = await sendOver(connections, message, is);
          if (!failure) return;
          if (failure.error.login) login?.renew();
          if (!failure.mayTryAnother || tried === MOST_CONNECTIONS_TRIED) throw failure.error;
        }
      } finally {
        timers.forEach(clearTimeout);
      }
    },

    async verify() {
      const transport = createTransport(options);
      try {
        await transport.verify();
      } catch (error) {
        throw toMailError(error, false);
      } finally {
        transport.close();
      }
    },

    close: () => connections.close(),
  };
}

/** @returns undefined when the mail is sent */
async function sendOver(
  connections: SmtpConnections<SmtpLine>,
  message: Message,
  is: { handedOver: () => boolean; givenUp: () => boolean },
): Promise<{ error: MailError; mayTryAnother: boolean } | undefined> {
  let connection;
  try {
    connection = await connections.take(message.signal!, () => !is.givenUp());
  } catch (error) {
    if (is.givenUp()) throw error;
    return { error: toMailError(error, false), mayTryAnother: false };
  }
  try {
    await connection.line.send(message);
    connections.giveBack(connection, {});
    return undefined;
  } catch (thrown) {
    const error = toMailError(thrown, is.handedOver());
    const isClosed = isClosedEarly(thrown, is.handedOver());
    return { error, mayTryAnother: connections.giveBack(connection, { failure: error, isClosed }) };
  }
}

type TransportOptions = ReturnType<typeof transportOptions>;

function transportOptions({ smtpUrl }: SmtpSettings, login: TokenLogin | undefined) {
  return {
    url: smtpUrl,
    ...(login && { auth: login.auth }),
    ...TIMEOUTS,
    requireTLS: needsTls(smtpUrl, login !== undefined),
    // A login that the server does not ask for means a wrong server or a wrong port: it is better said at once.
    forceAuth: true,
    pool: true as const,
    maxConnections: 1,
    idleTimeout: IDLE_MS,
    // Counted, and tried again over another connection, where something can be learned from it.
    maxMessages: Infinity,
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function openLine(options: TransportOptions): SmtpLine {
  const transport = createTransport(options);
  // Runs for each mail, once it is composed.
  transport.use('stream', (mail, done) => {
    const { onHandedOver } = mail.data as Message;
    mail.message.processFunc((source) => inOnePiece(source).once('end', onHandedOver));
    done();
  });
  return {
    send: (message) => transport.sendMail({ ...message }),
    close: () => transport.close(),
  };
}

/** Of the pieces that a mail is composed of each would be a write to the socket. */
function inOnePiece(mail: Readable): Readable {
  const pieces: Buffer[] = [];
  const whole = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      pieces.push(piece);
      done();
    },
    flush: (done) => done(null, Buffer.concat(pieces)),
  });
  mail.once('error', (error) => whole.destroy(error));
  return mail.pipe(whole);
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
