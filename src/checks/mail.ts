/** Whether invitations can be sent. */
import { randomUUID } from 'node:crypto';
import type { Settings } from '../config.js';
import { lastingMailProblem } from '../invitations/preflight.js';
import {
  loadTemplates,
  renderInvitation,
  type Templates,
} from '../invitations/mail/invitation-mail.js';
import { MailError, type Mail, type Mailer } from '../invitations/mail/mailer.js';
import { smtpLines } from '../invitations/mail/smtp-lines.js';
import { createSmtpMailer } from '../invitations/mail/smtp-mailer.js';
import { needsTls } from '../invitations/mail/smtp-url.js';
import {
  failed,
  findOut,
  ok,
  skipAll,
  unreachable,
  type Finding,
  type Outcome,
} from './finding.js';

type MailSettings = Settings['mail'];

/** The greeting of some servers takes as long, to deter spammers. */
const LIMIT_MS = 25_000;

/** @param testTo where a test mail goes; undefined: nowhere */
export async function checkMail(mail: MailSettings, testTo?: string): Promise<Finding[]> {
  const mailer = createSmtpMailer(smtpLines(mail));
  try {
    const server = await findOut('mail', () => verify(mailer, mail), LIMIT_MS);
    if (testTo === undefined) return [server];
    if (server.status === 'failed')
      return [server, ...skipAll(['test-mail'], 'not tried without the mail server')];
    return [server, await findOut('test-mail', () => sendTest(mailer, mail, testTo), LIMIT_MS)];
  } finally {
    mailer.close();
  }
}

async function verify(mailer: Mailer, { smtpUrl, from, oauth2 }: MailSettings): Promise<Outcome> {
  const { protocol, host, username } = new URL(smtpUrl);
  try {
    await mailer.verify();
  } catch (error) {
    return explain(error);
  }
  const tls =
    protocol === 'smtps:' || needsTls(smtpUrl, oauth2 !== undefined)
      ? 'with TLS'
      : 'TLS not required';
  const hasLogin = username !== '' || oauth2 !== undefined;
  const login = hasLogin ? `, login ${oauth2 ? 'by OAuth2 ' : ''}accepted` : '';
  return ok(`${host} answers (${tls}${login}); sender ${from.address}`);
}

function explain(error: unknown): Outcome {
  if (!(error instanceof MailError)) throw error;
  const problem = lastingMailProblem(error);
  if (problem) return failed(problem.what, `${problem.remedy}.`);
  return unreachable(
    error.message,
    'Start the mail server, or correct SMTP_URL. Certificates of your own: NODE_EXTRA_CA_CERTS.',
  );
}

async function sendTest(mailer: Mailer, mail: MailSettings, to: string): Promise<Outcome> {
  const content = testMail(loadTemplates(mail.templates), mail.appName);
  const domain = mail.from.address.slice(mail.from.address.lastIndexOf('@') + 1);
  try {
    await mailer.send({ to, messageId: `<test-${randomUUID()}@${domain}>`, ...content });
  } catch (error) {
    if (error instanceof MailError && error.kind !== 'away') {
      return failed(error.message, 'Read the log of the mail server: may MAIL_FROM send there?');
    }
    return explain(error);
  }
  return ok('the mail server took it; look at it in your inbox, and in the folder of spam');
}

/** Reserved for what leads nowhere (RFC 2606). */
const NOWHERE = 'https://invitation.invalid/this-is-a-test';
const NOTE = 'This is a test of user-import doctor. Nobody was invited; the link leads nowhere.';

/** An invitation as users get it, which says that it is none. */
export function testMail(
  templates: Templates,
  appName: string,
): Pick<Mail, 'subject' | 'text' | 'html'> {
  const values = { appName, link: NOWHERE, expiresIn: '1 hour' };
  const { subject, text, html } = renderInvitation(templates, values);
  const note = `<p><strong>${NOTE}</strong></p>`;
  const body = /<body[^>]*>/i.exec(html)?.[0];
  return {
    subject: `[Test] ${subject}`,
    text: `${NOTE}\n\n${text}`,
    html: body === undefined ? note + html : html.replace(body, () => body + note),
  };
}
