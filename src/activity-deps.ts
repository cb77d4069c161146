/** What the activities need of the world, made from the settings. */
import type { ActivityDeps } from '../activities/index.js';
import { createPostgresAudit } from './audit/postgres-audit.js';
import type { Settings } from './config.js';
import { loadTemplates } from './invitations/mail/invitation-mail.js';
import { createSmtpMailer } from './invitations/mail/smtp-mailer.js';
import { threadedSmtpLines } from './invitations/mail/smtp-threaded-lines.js';
import { createKratos } from './kratos/ory-kratos.js';
import { createSignIns } from './kratos/ory-sign-in.js';
import { createNotifier } from './notify/notifier.js';
import { createHashingThreads } from './passwords/hasher.js';
import { openImportRoot, openStore } from './store/open-store.js';
import type { Tracing } from './tracing.js';

/**
 * Connections are made when they are first used.
 * @param traceRequests makes a span of each request to Kratos
 * @returns what `createActivities` takes; `close` ends its connections, once no activity runs any more
 * @throws HashingError when this machine hashes wrongly
 */
export async function openActivityDeps(
  settings: Settings,
  { traceRequests }: Partial<Pick<Tracing, 'traceRequests'>> = {},
): Promise<{ deps: ActivityDeps; close: () => Promise<void> }> {
  const { mail, bcryptCost, hashingThreads } = settings;
  const kratos = { ...settings.kratos, traceRequests };
  const audit = settings.audit && createPostgresAudit(settings.audit);
  const mailer = createSmtpMailer(threadedSmtpLines(mail));
  const mailDomain = mail.from.address.slice(mail.from.address.lastIndexOf('@') + 1);
  const close = async (): Promise<void> => {
    mailer.close();
    await audit?.close();
  };
  try {
    const hashing = createHashingThreads(bcryptCost, hashingThreads);
    await hashing.test();
    const deps = {
      kratos: createKratos(kratos),
      signIns: kratos.publicUrl === undefined ? undefined : createSignIns(kratos),
      importRoot: await openImportRoot(settings.importRoot),
      runs: await openStore(settings.runsRoot),
      roles: settings.roles,
      tenants: settings.tenants,
      projectParameters: settings.projectParameters,
      passwords: { hash: hashing.hash, bcryptCost },
      mailer,
      templates: loadTemplates(mail.templates),
      appName: mail.appName,
      mailDomain,
      notifier: settings.notify && createNotifier(settings.notify, { mailer, domain: mailDomain }),
      audit,
      searchAttributes: settings.searchAttributes,
      temporalUiUrl: settings.temporalUiUrl,
      now: () => new Date(),
    };
    return { deps, close };
  } catch (error) {
    await close();
    throw error;
  }
}
