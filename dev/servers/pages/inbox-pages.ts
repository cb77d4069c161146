/**
 * The mails as pages. MailDev has some of its own, but shows a mail in a sandbox in which no link can be opened, and
 * the link is what a mail is opened for.
 */
import type { Servers } from 'maildev';
import { formatNumber } from '../../../src/format.js';
import { html, type Markup } from '../../../src/report/page/markup.js';
import { page } from './page.js';
import { servePages, type Answer, type PageServer } from './serve.js';

/** Where the mails are kept. */
export type Mails = Pick<Servers['storage'], 'list' | 'getAll' | 'getById'>;
type Mail = NonNullable<Awaited<ReturnType<Mails['getById']>>>;

const ON_A_PAGE = 50;
/** While mails arrive, the newest ones are seen. */
const REFRESH_SECONDS = 5;
const OVER = 'Inbox of all people';

/** Lists every mail as JSON, oldest first. */
export const MAILS_PATH = '/mails.json';

/**
 * What a mail may do: look as it wants, and open links in a tab of their own, which is a page like any other. It runs
 * nothing, and loads nothing from anywhere.
 */
const MAIL_POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox`;

export function startInboxPages(port: number, mails: Mails): Promise<PageServer> {
  return servePages(port, [], async ({ pathname, searchParams }): Promise<Answer> => {
    if (pathname === '/') {
      return listPage(mails, searchParams.get('search') ?? '', Number(searchParams.get('skip')));
    }
    if (pathname === MAILS_PATH) {
      const headers = { 'content-type': 'application/json' };
      return { body: JSON.stringify(await mails.getAll()), headers };
    }
    const [, id = '', part] = /^\/mails\/(\w+)(\/html)?$/.exec(pathname) ?? [];
    const mail = await mails.getById(id);
    if (!mail) return { body: page({ over: OVER, title: 'There is no such mail' }), status: 404 };
    return part === undefined ? { body: mailPage(mail) } : mailHtml(mail);
  });
}

async function listPage(mails: Mails, search: string, from: number): Promise<Answer> {
  const skip = Number.isSafeInteger(from) && from > 0 ? from : 0;
  const { items, total } = await mails.list({ skip, limit: ON_A_PAGE, search });
  const isNewest = skip === 0 && search === '';
  const title = total === 1 ? '1 mail' : `${formatNumber(total)} mails`;
  const body = page(
    { over: OVER, title, isWide: true, refreshSeconds: isNewest ? REFRESH_SECONDS : undefined },
    html`<form action="/">
      <label class="label">Search <input type="search" name="search" value="${search}" /></label>
    </form>`,
    html`<ul class="list">
      ${items.map(listed)}
    </ul>`,
    html`<p>
      ${skip > 0 && html`<a href="${pageUrl(search, Math.max(0, skip - ON_A_PAGE))}">Newer</a> `}
      ${skip + ON_A_PAGE < total && html`<a href="${pageUrl(search, skip + ON_A_PAGE)}">Older</a>`}
    </p>`,
  );
  return { body };
}

function pageUrl(search: string, skip: number): string {
  return `/?${new URLSearchParams({ search, skip: String(skip) }).toString()}`;
}

function listed({ id, to, subject, time }: Mail): Markup {
  return html`<li>
    <a href="/mails/${id}"
      ><b>${subject}</b>
      <span class="soft">to <bdi>${recipients(to)}</bdi>, ${clock(time)}</span></a
    >
  </li>`;
}

function mailPage(mail: Mail): string {
  const { id, to, from, subject, time, text = '' } = mail;
  return page(
    { over: OVER, title: subject, isWide: true },
    html`<dl>
      <dt>From</dt>
      <dd><bdi>${recipients(from)}</bdi></dd>
      <dt>To</dt>
      <dd><bdi>${recipients(to)}</bdi></dd>
      <dt>At</dt>
      <dd>${clock(time)}</dd>
    </dl>`,
    mail.html === undefined
      ? html`<pre>${withLinks(text)}</pre>`
      : html`<iframe
          src="/mails/${id}/html"
          title="The mail"
          sandbox="allow-popups allow-popups-to-escape-sandbox"
        ></iframe>`,
    html`<p></p>
      <p><a href="/">All mails</a></p>`,
  );
}

/** The mail itself. Its links open in a tab of their own. */
function mailHtml(mail: Mail): Answer {
  const content = mail.html ?? '';
  const head = /<head[^>]*>/i.exec(content);
  const at = head ? head.index + head[0].length : 0;
  const body = `${content.slice(0, at)}<base target="_blank">${content.slice(at)}`;
  return { body, headers: { 'content-security-policy': MAIL_POLICY } };
}

function withLinks(text: string): (Markup | string)[] {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, i) =>
      i % 2 === 1 ? html`<a href="${part}" target="_blank" rel="noreferrer">${part}</a>` : part,
    );
}

function recipients(addresses: Mail['to']): string {
  return addresses.map(({ address }) => address).join(', ');
}

function clock(time: Date): string {
  return new Date(time).toISOString().slice(11, 19);
}
