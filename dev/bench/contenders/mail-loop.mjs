// The fastest way to invite users that there is: a bare loop over the platform's own fetch and nodemailer's pool, which
// reads each identity, makes its link, hands over the mail and notes it at the user. It keeps nothing, retries nothing
// and checks nothing. Usage: mail-loop.mjs ADMIN_URL SMTP_URL AT_ONCE MAILS
import { createTransport } from 'nodemailer';
import {
  loadTemplates,
  renderInvitation,
} from '../../../dist/src/invitations/mail/invitation-mail.js';

const [adminUrl = '', smtpUrl, ...numbers] = process.argv.slice(2);
const [atOnce = 10, mails = 1000] = numbers.map(Number);
const templates = loadTemplates();
const transport = createTransport({
  ...{ url: smtpUrl, pool: true, maxConnections: atOnce, maxMessages: Infinity },
});

/** @type {string[]} */
const ids = [];
for (let page = ''; ids.length < mails;) {
  const response = await fetch(`${adminUrl}/admin/identities?page_size=500${page}`);
  const identities = /** @type {{id: string}[]} */ (await response.json());
  ids.push(...identities.map(({ id }) => id));
  const next = /page_token=([^&>]+)[^>]*>;\s*rel="next"/.exec(response.headers.get('link') ?? '');
  if (!next) break;
  page = `&page_token=${next[1]}`;
}
// Against a stub, which has no users to list, any ids do.
while (ids.length < mails) ids.push(crypto.randomUUID());
ids.length = mails;

const started = performance.now();
const headers = { 'content-type': 'application/json' };
/** @returns {Promise<any>} */
const json = async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) => {
  const response = await fetch(`${adminUrl}/admin/${path}`, init);
  if (!response.ok) throw new Error(`${response.status}: ${path}`);
  return response.json();
};

async function loop() {
  for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
    const { traits } = await json(`identities/${id}?include_credential=password`);
    const body = JSON.stringify({ identity_id: id, expires_in: '1h' });
    const { recovery_link: link } = await json('recovery/link', { method: 'POST', headers, body });
    const content = renderInvitation(templates, {
      ...{ appName: 'Example Platform', firstName: traits.first_name, link, expiresIn: '1 hour' },
    });
    await transport.sendMail({ from: 'no-reply@example.com', to: traits.email, ...content });
    const path = '/metadata_admin/csv_import/invitation/sentAt';
    const patch = [{ op: 'add', path, value: new Date().toISOString() }];
    await json(`identities/${id}`, { method: 'PATCH', headers, body: JSON.stringify(patch) });
  }
}

await Promise.all(Array.from({ length: atOnce }, loop));
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));
transport.close();
