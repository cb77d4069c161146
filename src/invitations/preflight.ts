import type { ImportInput } from '../contract/import/input.js';
import type { Kratos } from '../kratos/kratos.js';
import { MailError, type Mailer } from './mail/mailer.js';
import { isTimeZone } from './window.js';
import { InputError, PreflightError } from '../contract/errors.js';

/**
 * Proves before the first user is created that invitations can be made and sent. A mail server that does not answer is
 * no reason to wait: the rows can be imported meanwhile, and the mails wait for the server.
 * @throws InputError, PreflightError
 * @throws KratosError `unavailable`: later
 */
export async function checkInvitationSettings(
  { kratos, mailer }: { kratos: Kratos; mailer: Mailer },
  { dryRun, invitations: { send, method, window } }: ImportInput,
): Promise<void> {
  if (window && !isTimeZone(window.timeZone)) {
    throw new InputError(
      `invitations.window.timeZone: got "${window.timeZone}"; allowed: a time zone that this worker knows, for example "Europe/Berlin".`,
    );
  }
  if (dryRun !== false || send === 'never') return;
  const setting = await kratos.recoveryIsOff(method);
  if (setting !== undefined) {
    const other = method === 'link' ? 'code' : 'link';
    const way = setting.includes(method)
      ? `"method":"${other}" or "send":"never"`
      : '"send":"never"';
    throw new PreflightError(
      `Kratos cannot make invitations by ${method}: ${setting} is not true in its configuration. Set it to true and restart Kratos, or start the import with "invitations" of ${way}.`,
    );
  }
  await mailer.verify().catch((error: unknown) => {
    if (!(error instanceof MailError)) throw error;
    const problem = lastingMailProblem(error);
    if (!problem) return;
    throw new PreflightError(
      `${problem.what}. ${problem.remedy}, or start the import with "invitations" of "send":"never".`,
    );
  });
}

/** What a mail server will refuse until a setting is corrected; undefined for what may pass by itself. */
export function lastingMailProblem({
  noTls,
  login,
  token,
  status,
  message,
}: MailError): { what: string; remedy: string } | undefined {
  if (token) return { what: message, remedy: 'Correct SMTP_OAUTH2_… of the worker' };
  if (noTls) {
    return {
      what: `The mail server has no TLS (${status} to STARTTLS), which is needed with a login or to another host`,
      remedy:
        'Correct SMTP_URL of the worker (smtps://, or ?requireTLS=false if others may read the mails on the way)',
    };
  }
  if (!login) return undefined;
  return {
    what: `The mail server refuses the login${status === undefined ? '' : ` (${status})`}`,
    remedy: 'Correct SMTP_URL of the worker, or with OAuth2 what the provider lets it send as',
  };
}
