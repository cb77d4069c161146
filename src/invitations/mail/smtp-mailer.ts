/** A mail server over SMTP: which mail goes over which connection, and when it has waited for too long. */
import { MailError, type Mailer } from './mailer.js';
import { SmtpConnections } from './smtp-connections.js';
import { TAKEN_BACK, toMailError } from './smtp-errors.js';
import type { SmtpLine, SmtpLines } from './smtp-lines.js';

/**
 * How long `send` may take, in milliseconds. A mail that is not handed over yet can be taken back with nothing lost, also
 * from the queue; a mail that is handed over gets the rest of the time for its answer.
 */
const LIMITS = { handOver: 45_000, answer: 90_000 };
/** What an address may not hold: nodemailer would change it, and the mail would go to another address. */
const NOT_IN_AN_ADDRESS = /[\p{Cc}<>]/u;

/** Each time, another connection is tried: all may be closed by now, or full. */
const MOST_CONNECTIONS_TRIED = 10;

/** @param limits other than these only where a test cannot wait */
export function createSmtpMailer(lines: SmtpLines, limits = LIMITS): Mailer {
  const connections = new SmtpConnections(() => lines.open());

  return {
    async send(mail, isGivenUp = () => false) {
      if (NOT_IN_AN_ADDRESS.test(mail.to)) {
        throw new MailError('refused', 'The address holds what no address may hold');
      }
      const startedAt = performance.now();
      const left = () => {
        const ms = performance.now() - startedAt;
        return { handOver: limits.handOver - ms, answer: limits.answer - ms };
      };
      const queue = new AbortController();
      const timer = setTimeout(() => queue.abort(TAKEN_BACK), limits.handOver);
      try {
        for (let tried = 1; ; tried++) {
          const connection = await take(connections, queue.signal, isGivenUp);
          const failed = await connection.line.send(mail, left());
          const mayTryAnother = connections.giveBack(connection, failed ?? {});
          if (!failed) return;
          if (!mayTryAnother || tried === MOST_CONNECTIONS_TRIED) throw failed.failure;
        }
      } finally {
        clearTimeout(timer);
      }
    },

    verify: () => lines.verify(),

    close: () => connections.close(),
  };
}

/** @throws MailError; another error where the mail is given up */
async function take(
  connections: SmtpConnections<SmtpLine>,
  signal: AbortSignal,
  isGivenUp: () => boolean,
) {
  try {
    return await connections.take(signal, () => !isGivenUp());
  } catch (error) {
    throw isGivenUp() ? error : toMailError(error, false);
  }
}
