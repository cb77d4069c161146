/**
 * Lines to a mail server, by nodemailer. Over each go mails one after the other; it connects when it has a mail, and
 * again when it was closed.
 */
import { Transform, type Readable } from 'node:stream';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Mail, Sender } from './mailer.js';
import type { OAuth2Settings } from './oauth2-settings.js';
import { tokenLogin, type TokenLogin } from './oauth2-token.js';
import { IDLE_MS, type Answered, type Line } from './smtp-connections.js';
import { isClosedEarly, TAKEN_BACK, toMailError } from './smtp-errors.js';
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
}

export interface SmtpLines {
  open(): SmtpLine;
  /**
   * Proves that the mail server takes connections, and the login where the settings have one.
   * @throws MailError
   */
  verify(): Promise<void>;
}

export interface SmtpLine extends Line {
  /**
   * Sends a mail, when the one before has its answer. Never throws.
   * @returns undefined when the server has accepted it
   */
  send(mail: Mail, within: TimeLeft): Promise<SendFailure | undefined>;
}

/** Milliseconds, after which a mail is taken back: until it is handed over, and until it has its answer. */
export interface TimeLeft {
  handOver: number;
  answer: number;
}

export type SendFailure = Required<Answered>;

/**
 * Connecting includes STARTTLS. The socket's timeout is the longest silence, and so the longest wait for an answer.
 * The URL may set others.
 */
const TIMEOUTS = { connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 60_000 };

interface Message extends SendMailOptions {
  onHandedOver: () => void;
}

/** All share one login. */
export function smtpLines(settings: SmtpSettings): SmtpLines {
  const login = settings.oauth2 && tokenLogin(settings.oauth2);
  const options = transportOptions(settings, login);
  return {
    open: () => openLine(options, settings.from, login),

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
  };
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

function openLine(options: TransportOptions, from: Sender, login?: TokenLogin): SmtpLine {
  const transport = createTransport(options);
  // Runs for each mail, once it is composed.
  transport.use('stream', (mail, done) => {
    const { onHandedOver } = mail.data as Message;
    mail.message.processFunc((source) => inOnePiece(source).once('end', onHandedOver));
    done();
  });
  return {
    async send(mail, { handOver, answer }) {
      const takenBack = new AbortController();
      const takeBack = (): void => takenBack.abort(TAKEN_BACK);
      let isHandedOver = false;
      const timers = [
        setTimeout(() => isHandedOver || takeBack(), handOver),
        setTimeout(takeBack, answer),
      ];
      const onHandedOver = (): void => void (isHandedOver = true);
      const { signal } = takenBack;
      try {
        const message: Message = { ...compose(mail, from), onHandedOver, signal };
        await transport.sendMail(message);
        return undefined;
      } catch (error) {
        const failure = toMailError(error, isHandedOver);
        if (failure.login) login?.renew();
        return { failure, isClosed: isClosedEarly(error, isHandedOver) };
      } finally {
        timers.forEach(clearTimeout);
      }
    },
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
