/**
 * Lines to a mail server in a thread of their own: to compose a mail and talk to the server takes a third of the
 * processor time of an invitation, and the main thread has the rest to do.
 */
import { Worker } from 'node:worker_threads';
import { nameOfError } from '../../name-of-error.js';
import { MailError } from './mailer.js';
import type { SendFailure, SmtpLines, SmtpSettings } from './smtp-lines.js';
import type { SmtpAnswer, SmtpOrder } from './smtp-thread.js';

/** A thread that has not answered so long after the time that it was given never will. */
const GRACE_MS = 10_000;
/** It proves a login in less, as the transport's own limits say. */
const VERIFY_MS = 120_000;

/** The thread is started by the first mail. */
export function threadedSmtpLines({ smtpUrl, from, oauth2 }: SmtpSettings): SmtpLines {
  const thread = new SmtpThread({ smtpUrl, from, oauth2 });
  let opened = 0;
  return {
    open() {
      const line = ++opened;
      return {
        send: (mail, within) =>
          thread.ask((id) => ({ what: 'send', id, line, mail, within }), within.answer),
        close: () => thread.tell({ what: 'close', line }),
      };
    },
    async verify() {
      const failed = await thread.ask((id) => ({ what: 'verify', id }), VERIFY_MS);
      if (failed) throw failed.failure;
    },
  };
}

/** One at a time; where it broke, the next mail starts another. It keeps the process alive until it has answered. */
class SmtpThread {
  private thread: Worker | undefined;
  /** It runs its program: what it was sent may have gone out. */
  private isReady = false;
  private asked = 0;
  private readonly waiting = new Map<number, (failed: SendFailure | undefined) => void>();

  constructor(private readonly settings: SmtpSettings) {}

  ask(orderOf: (id: number) => SmtpOrder, withinMs: number): Promise<SendFailure | undefined> {
    return new Promise((resolve) => {
      const id = ++this.asked;
      const thread = (this.thread ??= this.start());
      const timer = setTimeout(() => this.broke(thread, 'no answer'), withinMs + GRACE_MS);
      this.waiting.set(id, (failed) => {
        clearTimeout(timer);
        resolve(failed);
      });
      thread.ref();
      thread.postMessage(orderOf(id));
    });
  }

  tell(order: SmtpOrder): void {
    this.thread?.postMessage(order);
  }

  private start(): Worker {
    const program = new URL('smtp-thread.js', import.meta.url);
    const thread = new Worker(program, { workerData: this.settings });
    this.isReady = false;
    thread.on('message', (answer: SmtpAnswer) => {
      if (this.thread === thread) this.take(answer);
    });
    // For as long as it lives: an error that nobody listens to would end the process, also of an idle thread.
    thread.on('error', (error) => this.broke(thread, nameOfError(error)));
    thread.on('exit', (status) => this.broke(thread, `exit ${status}`));
    return thread;
  }

  private broke(thread: Worker, why: string): void {
    if (this.thread !== thread) return;
    this.thread = undefined;
    void thread.terminate();
    const kind = this.isReady ? 'unsure' : 'away';
    const failure = new MailError(kind, `The thread that sends mails broke: ${why}`);
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const resolve of waiting) resolve({ failure, isClosed: false });
  }

  private take({ id, failure, isClosed = false }: SmtpAnswer): void {
    this.isReady = true;
    if (id === undefined) return;
    this.waiting.get(id)?.(failure && { failure: toError(failure), isClosed });
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.thread?.unref();
  }
}

function toError({ kind, message, ...details }: NonNullable<SmtpAnswer['failure']>): MailError {
  return new MailError(kind, message, details);
}
