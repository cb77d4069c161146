/** What sending invitations needs of a mail server. Only the adapter knows SMTP. */

export interface Mailer {
  /**
   * Hands one mail to the mail server; returns once the server has said yes.
   * @throws MailError
   */
  send(mail: Mail): Promise<void>;
  /**
   * Proves that the mail server takes connections, and the login, if there is one.
   * @throws MailError
   */
  verify(): Promise<void>;
  /** Ends the connections once the mails in flight are through. */
  close(): void;
}

export interface Mail {
  /** The bare address of the one who gets it. */
  to: string;
  /** The header as it is to be, angle brackets included: the same for each attempt at one mail. */
  messageId: string;
  /** One line. */
  subject: string;
  text: string;
  html: string;
}

/** Who a mail is from. */
export interface Sender {
  name?: string;
  address: string;
}

/**
 * A mail that the server has not said yes to. The message names the SMTP command and the status, or the socket's error
 * code; never an address, the login, or what the server said.
 *
 *   away     the server is not there, is closing, or takes nothing from us: later, and it holds for every mail
 *   later    4xx for this recipient or this mail: later
 *   unsure   the whole mail was handed over, and the answer is missing: it may have been delivered
 *   refused  5xx for this recipient or this mail: never, as it is
 */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** What the server answered, by the numbers of SMTP. */
  readonly status: number | undefined;
  /** Whether it is the login that the server refuses: waiting does not help. */
  readonly login: boolean;

  constructor(
    readonly kind: 'away' | 'later' | 'unsure' | 'refused',
    message: string,
    { status, login = false }: { status?: number; login?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.login = login;
  }
}
