/** Failures of a mail server, and of the way to it, as MailErrors. */
import { MailError } from './mailer.js';
import { enhancedCodeOf, senderLimitOf, type SenderLimit } from './sender-limit.js';

/** The parts of nodemailer's errors that are read: its messages quote addresses and the server's text. */
interface SmtpFailure {
  /** Nodemailer's own word for it. */
  code?: string;
  /** The operating system's, where there is one. */
  originalCode?: string;
  /** The SMTP command, or CONN and API where there was none. */
  command?: string;
  /** The server's SMTP status. */
  responseCode?: number | false;
  /** All that the server answered: read for digits and words, and never passed on. */
  response?: string;
}

/** Closing down, out of step, or a login needed: about the session, whichever command it answers. */
const ABOUT_THE_SESSION = new Set([421, 503, 530]);
const LOGIN_NEEDED = 530;
/** The commands that are about this recipient and this mail alone. */
const ABOUT_THE_MAIL = new Set(['RCPT TO', 'DATA']);
/** Nodemailer's codes for a mail that the server, or nodemailer itself, refused. */
const MAIL_REFUSED = new Set(['EENVELOPE', 'EMESSAGE']);
/** Why we took a mail back, by nodemailer's code for it: only since it takes too long. */
export const TAKEN_BACK = Object.assign(new Error(), { code: 'EABORT' });
const LIMITS: Record<SenderLimit, string> = {
  rate: 'it takes no more mails for the moment',
  connections: 'it takes no more connections',
  session: 'it takes no more mails over this connection',
  quota: 'the quota of the sender is used up',
};

/**
 * Turns an error of nodemailer into one that holds nothing of the mail, the server's text or the login. The original is
 * not passed on, not even as a cause.
 *
 * @param isHandedOver whether the whole mail had been given to the connection
 */
export function toMailError(error: unknown, isHandedOver: boolean): MailError {
  // Of the token for the login.
  if (error instanceof MailError) return error;
  const failure = error as SmtpFailure;
  const { code = '', command = '' } = failure;
  const status = failure.responseCode || undefined;

  if (code === 'EAUTH') return loginError(failure, status);
  // An answer that breaks off is none, even where nodemailer has read a number in it.
  if (status === undefined || (isHandedOver && code === 'ECONNECTION')) {
    if (MAIL_REFUSED.has(code)) return new MailError('refused', 'This mail cannot be sent by SMTP');
    return connectionError(failure, isHandedOver);
  }
  const busy = busyError(failure, status);
  if (busy) return busy;
  const message = answered(status, command);
  if (ABOUT_THE_SESSION.has(status)) {
    return new MailError('away', message, { status, login: status === LOGIN_NEEDED });
  }
  if (command === 'STARTTLS' && status >= 500) {
    const noTls = `The mail server answered ${status} to STARTTLS: it has no TLS, which SMTP_URL asks for`;
    return new MailError('away', noTls, { status, noTls: true });
  }
  if (!ABOUT_THE_MAIL.has(command)) return new MailError('away', message, { status });
  if (status >= 500) return new MailError('refused', message, { status });
  if (status >= 400) return new MailError('later', message, { status });
  return new MailError(isHandedOver ? 'unsure' : 'away', message, { status });
}

/** A limit of the sender, whichever command it answers. */
function busyError({ command = '', response = '' }: SmtpFailure, status: number) {
  const answer = { status, text: response, command };
  const limit = senderLimitOf(answer);
  if (!limit) return undefined;
  const code = enhancedCodeOf(answer);
  const numbers = code === undefined ? `${status}` : `${status} ${code}`;
  const message = `The mail server answered ${numbers} to ${nameOf(command)}: ${LIMITS[limit]}`;
  return new MailError('busy', message, { status, limit });
}

/** A 4xx means that logins do not work at the moment; without any answer the login itself is incomplete. */
function loginError(failure: SmtpFailure, status: number | undefined): MailError {
  const { command = '' } = failure;
  if (status === undefined) {
    return new MailError('away', 'The login for the mail server is not complete', { login: true });
  }
  const login = status >= 500;
  const busy = login ? undefined : busyError(failure, status);
  if (busy) return busy;
  return new MailError('away', answered(status, command), { status, login });
}

function connectionError({ code, originalCode }: SmtpFailure, isHandedOver: boolean): MailError {
  const why = code === TAKEN_BACK.code ? 'ETIMEDOUT' : (originalCode ?? code ?? 'no code');
  return isHandedOver
    ? new MailError('unsure', `The mail server was given a mail and did not answer (${why})`)
    : new MailError('away', `The mail server does not answer (${why})`);
}

function answered(status: number, command: string): string {
  return `The mail server answered ${status} to ${nameOf(command)}`;
}

function nameOf(command: string): string {
  return command === 'CONN' ? 'the connection' : command;
}

/** The operating system's words for a connection that the other side has closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/** Whether the server has closed the connection, or refused it in its greeting, before it had the mail. */
export function isClosedEarly(error: unknown, isHandedOver: boolean): boolean {
  const { code, originalCode = '', command, responseCode } = error as SmtpFailure;
  if (isHandedOver) return false;
  if (responseCode) return command === 'CONN';
  return code === 'ECONNECTION' || CLOSED.has(originalCode);
}
