/** The port to a mail server: the few operations that invitations need. Only the adapter knows SMTP. */
import type { SenderLimit } from './sender-limit.js';

export interface Mailer {
  /**
   * Hands one mail to the mail server; returns once the server has accepted it.
   * @param isGivenUp asked right before the mail goes out, after any wait: one that was given up does not
   * @throws MailError
   */
  send(mail: Mail, isGivenUp?: () => boolean): Promise<void>;
  /**
   * Proves that the mail server takes connections, and the login where the settings have one.
   * @throws MailError
   */
  verify(): Promise<void>;
  /** Closes the connections once the mails in flight are done. */
  close(): void;
}

export interface Mail {
  /** The recipient's address, without a name. */
  to: string;
  /** The value of the header, angle brackets included: the same for each attempt at one mail. */
  messageId: string;
  /** One line. */
  subject: string;
  text: string;
  /** Absent: the mail is plain text. */
  html?: string;
}

/** The sender of all mails. */
export interface Sender {
  name?: string;
  address: string;
}

/**
 * The server has not accepted a mail. The message names the SMTP command and the status, or the socket's error code;
 * never an address, the login, or the server's own text.
 *
 *   away     the server is down, is closing, or takes nothing from us: try any mail later
 *   busy     a limit of the sender is reached, which says nothing of this mail: try it later, and fewer at once
 *   later    4xx for this recipient or this mail: try this mail later
 *   unsure   the whole mail was handed over, and the answer is missing: the mail may have been delivered
 *   refused  5xx for this recipient or this mail: do not try it again as it is
 */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** The server's SMTP status. */
  readonly status: number | undefined;
  /** Whether the server refuses the login: waiting does not help. */
  readonly login: boolean;
  /** Whether the server has no TLS where the settings ask for it: waiting does not help either. */
  readonly noTls: boolean;
  /** Whether no token can be had for the login by OAuth2: waiting does not help either. */
  readonly token: boolean;
  /** Which limit is reached, where the kind is `busy`. */
  readonly limit: SenderLimit | undefined;

  constructor(
    readonly kind: 'away' | 'busy' | 'later' | 'unsure' | 'refused',
    message: string,
    { status, login = false, noTls = false, token = false, limit }: MailErrorDetails = {},
  ) {
    super(message);
    this.status = status;
    this.login = login;
    this.noTls = noTls;
    this.token = token;
    this.limit = limit;
  }
}

interface MailErrorDetails {
  status?: number;
  login?: boolean;
  noTls?: boolean;
  token?: boolean;
  limit?: SenderLimit;
}
