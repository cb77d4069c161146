import { mkdir } from 'node:fs/promises';
import { MAILS_PATH, startInboxPages } from './pages/inbox-pages.js';
import { freePort } from './ports.js';

/** A mail as it arrived. */
export interface InboxMessage {
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string | string[]>;
}

export interface Inbox {
  /** `smtp://127.0.0.1:port`, plain text */
  smtpUrl: string;
  /** A page that shows the mails. */
  pageUrl: string;
  stop(): Promise<void>;
}

/** The parts in use of a mail as the page lists it. */
interface PageMail {
  envelope: { from: { address: string }; to: { address: string }[] };
  subject: string;
  text?: string;
  html?: string;
  headers: Record<string, string | string[]>;
}

/** All mails of the inbox with that page, oldest first; the inbox may run in another process. */
export async function inboxMessages(pageUrl: string): Promise<InboxMessage[]> {
  const response = await fetch(`${pageUrl}${MAILS_PATH}`);
  if (!response.ok) throw new Error(`the inbox at ${pageUrl} answers ${response.status}`);
  const mails = (await response.json()) as PageMail[];
  return mails.map((mail) => ({
    from: mail.envelope.from.address,
    to: mail.envelope.to.map(({ address }) => address),
    subject: mail.subject,
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: mail.headers,
  }));
}

async function loadMaildev(): Promise<typeof import('maildev')> {
  try {
    return await import('maildev');
  } catch (cause) {
    throw new Error(
      'the npm package maildev is not installed: run `npm ci` (with development packages), or set SMTP_URL',
      { cause },
    );
  }
}

/**
 * Starts a mail server in this process, on 127.0.0.1: it delivers no mail, but keeps them and shows them on a page.
 *
 * @param options.dir mails are kept here and are there again after a restart
 */
export async function startInbox(options: {
  dir: string;
  smtpPort?: number;
  pagePort?: number;
}): Promise<Inbox> {
  const { MailDev } = await loadMaildev();
  await mkdir(options.dir, { recursive: true });
  const smtpPort = await freePort(options.smtpPort);
  const pagePort = await freePort(options.pagePort);
  const maildev = new MailDev({
    smtp: smtpPort,
    ip: '127.0.0.1',
    disableWeb: true,
    mailDirectory: options.dir,
    silent: true,
  });
  const { storage } = await maildev.start();
  const pages = await startInboxPages(pagePort, storage).catch(async (error: unknown) => {
    await maildev.stop();
    throw error;
  });
  return {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    pageUrl: pages.url,
    stop: async () => {
      await pages.stop();
      await maildev.stop();
    },
  };
}
