import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  loadTemplates,
  renderInvitation,
} from '../../../../src/invitations/mail/invitation-mail.js';
import type { Mailer } from '../../../../src/invitations/mail/mailer.js';
import { smtpLines } from '../../../../src/invitations/mail/smtp-lines.js';
import { createSmtpMailer } from '../../../../src/invitations/mail/smtp-mailer.js';
import { startMailServer, type MailServer } from '../../../support/mail-server.js';
import { parseMail } from '../../../support/parse-mail.js';

const HAZARDS = [
  ...['\r\n', '\n', '\0', '\u2028', '\u0085', '\u202E', '\u200B', '\uD800', '%0d%0a', '.\r\n'],
  ...['Bcc: eve@example.com', '{{ link }}', '{% if %}', '<b>', '</p>', '<!--', '"', "'", '&lt;'],
  ...['=?utf-8?q?x?=', '<script>', 'eve@example.com,', '>', '='],
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc
    .array(fc.constantFrom(...HAZARDS, 'Ann', ' '), { maxLength: 30 })
    .map((parts) => parts.join('')),
);

const templates = loadTemplates();
const PLAIN = { appName: 'Example', link: 'https://example.com/r?a=1&b=2', expiresIn: '1 hour' };
const TO = 'alice@example.com';

let server: MailServer;
let mailer: Mailer;
beforeAll(async () => {
  server = await startMailServer();
  const from = { name: 'Example', address: 'no-reply@example.com' };
  mailer = createSmtpMailer(smtpLines({ smtpUrl: server.url, from }));
});
afterAll(async () => {
  mailer.close();
  await server.stop();
});

/** The mail as it arrives, read by a mail program. */
async function arrived(values: typeof PLAIN & { firstName?: string }) {
  const content = renderInvitation(templates, values);
  await mailer.send({ to: TO, messageId: '<1@example.com>', ...content });
  return { content, parsed: await parseMail(server.mails.at(-1)!.raw) };
}

const tagsOf = (html: string) => html.match(/<[^>]*>?/g);

it('whatever is in a name, the mail has the headers, the recipient and the tags that it has without', async () => {
  const { parsed: plain } = await arrived({ ...PLAIN, firstName: 'Ann' });
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (firstName, platform) => {
      const { content, parsed } = await arrived({ ...PLAIN, firstName, appName: `x${platform}` });
      expect(parsed.headerLines.map(({ key }) => key)).toEqual(
        plain.headerLines.map(({ key }) => key),
      );
      expect(parsed.to?.value).toEqual([{ name: '', address: TO }]);
      expect(server.mails.at(-1)!.to).toBe(TO);
      expect(parsed.subject).toBe(content.subject);
      expect(content.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(parsed.text).toBe(content.text);
      expect(tagsOf(String(parsed.html))).toEqual(tagsOf(String(plain.html)));
      expect(content.text.split('\n').length).toBe(plain.text?.split('\n').length);
    }),
    { numRuns: 300, examples: [['', ' =?utf-8?q?x?= </p>']] },
  );
});
