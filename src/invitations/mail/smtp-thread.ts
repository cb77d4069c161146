/** A thread that has the lines to a mail server: see smtp-threaded-lines.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Mail, MailError } from './mailer.js';
import { smtpLines, type SmtpLine, type SmtpSettings, type TimeLeft } from './smtp-lines.js';

/** Lines have numbers; each is opened by its first mail. What has an id is answered. */
export type SmtpOrder =
  | { what: 'send'; id: number; line: number; mail: Mail; within: TimeLeft }
  | { what: 'verify'; id: number }
  | { what: 'close'; line: number };

/** The first one, of a thread that has loaded its program, has no id. */
export interface SmtpAnswer {
  id?: number;
  failure?: PlainFailure | undefined;
  isClosed?: boolean | undefined;
}

/** Of a MailError, which loses its class and all but its message on the way. */
type PlainFailure = Pick<
  MailError,
  'kind' | 'message' | 'status' | 'login' | 'noTls' | 'token' | 'limit'
>;

const port = parentPort!;
const lines = smtpLines(workerData as SmtpSettings);
const opened = new Map<number, SmtpLine>();

port.on('message', (order: SmtpOrder) => void follow(order));
answer({});

async function follow(order: SmtpOrder): Promise<void> {
  switch (order.what) {
    case 'send': {
      const { id, line, mail, within } = order;
      const failed = await lineOf(line).send(mail, within);
      answer({ id, failure: failed && plain(failed.failure), isClosed: failed?.isClosed });
      break;
    }
    case 'verify': {
      const failure = await lines.verify().then(
        () => undefined,
        (error: unknown) => plain(error as MailError),
      );
      answer({ id: order.id, failure });
      break;
    }
    case 'close':
      opened.get(order.line)?.close();
      opened.delete(order.line);
  }
}

function lineOf(number: number): SmtpLine {
  const line = opened.get(number) ?? lines.open();
  opened.set(number, line);
  return line;
}

function plain(error: MailError): PlainFailure {
  const { kind, message, status, login, noTls, token, limit } = error;
  return { kind, message, status, login, noTls, token, limit };
}

function answer(message: SmtpAnswer): void {
  port.postMessage(message);
}
