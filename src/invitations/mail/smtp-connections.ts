/**
 * The connections of this worker to the mail server: as many at once, and as many mails over each, as the server was
 * found to take. Each is a pool of nodemailer's for one connection, which opens it when it is needed, and again when it
 * was closed.
 */
import { WaitQueue } from '../../flow-control/wait-queue.js';
import type { MailError } from './mailer.js';

/** What sends mails one after the other. */
export interface Line {
  close(): void;
}

export interface Connection<L extends Line> {
  line: L;
  /** Mails over it so far, refused ones included. */
  mails: number;
  /** When the last of them had its answer. */
  usedAt: number;
}

/** What became of a mail, apart from its own fate. */
export interface Answered {
  failure?: MailError;
  /** The server closed the connection, or never opened it, before it had the mail. */
  isClosed?: boolean;
}

/** Before anything is learned. Many servers take a hundred mails over one connection. */
const MOST = { connections: 5, mails: 100 };
/** Mails until one connection more is tried; doubled by each that is refused. */
const RAISED_AFTER = { first: 100, most: 6400 };
/**
 * Firewalls forget connections that are silent for a minute or more without a word to either side: the next mail
 * would hang. So nodemailer closes them after this time.
 */
export const IDLE_MS = 30_000;
/** A server that closes a connection later than this after its last mail may do so since it is idle. */
const AT_WORK_MS = 3000;

export class SmtpConnections<L extends Line> {
  private readonly idle: Connection<L>[] = [];
  private readonly busy = new Set<Connection<L>>();
  private readonly waiting = new WaitQueue();
  private isShut = false;
  private atOnce = MOST.connections;
  private mailsEach = MOST.mails;
  /** After how many mails the server closed a connection last. */
  private closedAfter: number | undefined;
  private sinceRefused = 0;
  private raisedAfter = RAISED_AFTER.first;

  constructor(private readonly openLine: () => L) {}

  /**
   * Waits for a connection; the one that was used last comes first, so that few are open where few are needed.
   * @param isWanted asked when there is one: the wait may have been long
   * @throws the signal's reason
   */
  async take(signal: AbortSignal, isWanted: () => boolean): Promise<Connection<L>> {
    while (this.busy.size >= this.atOnce) await this.waiting.wait(signal);
    if (!isWanted()) {
      this.waiting.wakeNext();
      throw new Error('given up');
    }
    if (this.isShut) throw new Error('The connections are closed');
    const connection = this.idle.pop() ?? { line: this.openLine(), mails: 0, usedAt: 0 };
    if (Date.now() - connection.usedAt >= IDLE_MS) connection.mails = 0;
    this.busy.add(connection);
    return connection;
  }

  /**
   * Takes a connection back, and learns from what became of its mail.
   * @returns whether another connection may take this mail at once
   */
  giveBack(connection: Connection<L>, answered: Answered): boolean {
    const { limit, kind, status } = answered.failure ?? {};
    const isUsed = connection.mails > 0;
    const wasIdle = Date.now() - connection.usedAt > AT_WORK_MS;
    const isAlone = this.busy.size === 1 && this.idle.length === 0;
    this.busy.delete(connection);
    const isRefused = limit === 'connections' || (answered.isClosed && !isUsed && !isAlone);
    if (isRefused) this.lower();
    if (isUsed && limit === 'session') this.mailsEach = Math.min(this.mailsEach, connection.mails);
    if (isUsed && !wasIdle && answered.isClosed) this.learnClosing(connection.mails);
    connection.mails++;
    connection.usedAt = Date.now();
    const isOver = kind === 'away' || kind === 'unsure' || status === 421;
    if (isOver || limit === 'connections' || limit === 'session') connection.line.close();
    else this.keep(connection);
    if (!answered.failure) this.mailSent();
    this.waiting.wakeNext();
    if (isRefused) return !isAlone;
    return isUsed && (limit === 'session' || answered.isClosed === true);
  }

  /** Those in use are closed by whoever gives them back, once their mails have an answer. */
  close(): void {
    this.isShut = true;
    for (const { line } of [...this.idle.splice(0), ...this.busy]) line.close();
    this.waiting.wakeAll();
  }

  private keep(connection: Connection<L>): void {
    const isFull = connection.mails >= this.mailsEach || this.count >= this.atOnce;
    if (isFull || this.isShut) connection.line.close();
    else this.idle.push(connection);
  }

  private get count(): number {
    return this.busy.size + this.idle.length;
  }

  /** One connection less than there were when one more was refused. */
  private lower(): void {
    this.atOnce = Math.max(1, Math.min(this.atOnce - 1, this.count));
    while (this.count > this.atOnce && this.idle.length > 0) this.idle.shift()!.line.close();
    this.sinceRefused = 0;
    this.raisedAfter = Math.min(2 * this.raisedAfter, RAISED_AFTER.most);
  }

  private mailSent(): void {
    if (++this.sinceRefused < this.raisedAfter || this.atOnce >= MOST.connections) return;
    this.sinceRefused = 0;
    this.atOnce++;
    this.waiting.wakeNext();
  }

  /** Twice after as many mails is no chance. */
  private learnClosing(mails: number): void {
    if (this.closedAfter === mails) this.mailsEach = Math.min(this.mailsEach, mails);
    this.closedAfter = mails;
  }
}
