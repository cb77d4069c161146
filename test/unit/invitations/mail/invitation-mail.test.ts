import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  loadTemplates,
  renderInvitation,
} from '../../../../src/invitations/mail/invitation-mail.js';
import { TemplateError } from '../../../../src/invitations/mail/template.js';
import { temporaryFolder } from '../../../support/planned-run.js';

const ALICE = {
  appName: 'Example & Sons',
  firstName: 'Alice',
  link: 'https://example.com/recovery?flow=1&token=abc',
  expiresIn: '30 minutes',
};
const { firstName: _, ...NOBODY } = ALICE;

describe('an invitation', () => {
  const templates = loadTemplates();

  it('by link names the platform, the person, the link and how long it works', () => {
    const { subject, text, html } = renderInvitation(templates, ALICE);
    expect(subject).toBe('Your account at Example & Sons: choose your password');
    expect(text).toContain('Hello Alice,');
    expect(text).toContain('\nhttps://example.com/recovery?flow=1&token=abc\n');
    expect(text).toContain('for 30 minutes');
    expect(html).toContain('Hello Alice,');
    const href = 'https://example.com/recovery?flow=1&amp;token=abc';
    expect(html.split(`href="${href}"`)).toHaveLength(3);
    expect(html).toContain('Example &amp; Sons');
    for (const body of [text, html]) expect(body).not.toMatch(/\bcode\b(?!\s*\{)/);
  });

  it('by code names the code as well, and the page for it', () => {
    const { text, html } = renderInvitation(templates, { ...ALICE, code: '123456' });
    for (const body of [text, html]) {
      expect(body).toContain('123456');
      expect(body).toContain('https://example.com/recovery?flow=1');
    }
  });

  it('greets without a name where there is none, or none that can be seen', () => {
    for (const values of [NOBODY, { ...NOBODY, firstName: '\u200B\r\n' }]) {
      const { text, html } = renderInvitation(templates, values);
      expect(text).toMatch(/^Hello,\n/);
      expect(html).toContain('Hello,');
    }
  });

  it('reads well: no gap, no blank at the end of a line', () => {
    for (const values of [ALICE, NOBODY, { ...ALICE, code: '123456' }]) {
      const { text } = renderInvitation(templates, values);
      expect(text).not.toMatch(/\n{3}|[ \t]\n|[{}]/);
      expect(text).toMatch(/[^\n]\n$/);
    }
  });

  it('asks for nothing from anywhere', () => {
    const { html } = renderInvitation(templates, ALICE);
    expect(html).not.toMatch(/<(img|script|link|iframe)|url\(|@import|src=/);
  });

  it.each([
    ['a template', '{{ link }}{% include "x" %}', '{{ link }}{% include "x" %}'],
    ['a tag', '<b>Al</b>', '<b>Al</b>'],
    ['the end of an attribute', '" onclick=x \'', '" onclick=x \''],
    ['a percent-encoded header', '%0d%0aBcc:', '%0d%0aBcc:'],
    ['a header', 'Al\r\nBcc: eve@example.com', 'Al Bcc: eve@example.com'],
  ])('takes %s in a value for text', (_what, appName, shown) => {
    const { text, html } = renderInvitation(templates, { ...ALICE, appName });
    expect(text).toContain(`You have an account at ${shown} now.`);
    expect(html).toContain(`You have an account at ${escaped(shown)} now.`);
  });

  it('leaves out a name that is none', () => {
    const firstName = 'Win at evil.example.com';
    const { text, html } = renderInvitation(templates, { ...ALICE, firstName });
    expect(text.split('\n')[0]).toBe('Hello,');
    expect(`${text}${html}`).not.toContain('evil');
  });
});

function escaped(text: string): string {
  const entities: Record<string, string> = { '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' };
  return text.replace(/[<>"']/g, (character) => `&${entities[character]!};`);
}

describe('templates of an operator', () => {
  const folderWith = async (files: Record<string, string>) => {
    const folder = await temporaryFolder();
    for (const [name, source] of Object.entries(files)) {
      await writeFile(path.join(folder, name), source);
    }
    return folder;
  };
  const render = async (files: Record<string, string>) =>
    renderInvitation(loadTemplates(await folderWith(files)), ALICE);
  const refusal = async (files: Record<string, string>) => {
    const folder = await folderWith(files);
    try {
      loadTemplates(folder);
    } catch (error) {
      if (error instanceof TemplateError) return error.message.replaceAll(folder, '');
    }
    throw new Error('these templates were taken');
  };

  it('take the place of the project’s, one by one', async () => {
    const mail = await render({ 'invitation.txt': 'Hi {{ first_name | upcase }}: {{ link }}' });
    expect(mail.text).toBe('Hi ALICE: https://example.com/recovery?flow=1&token=abc');
    expect(mail.subject).toBe('Your account at Example & Sons: choose your password');
  });

  it('make a subject of one line, whatever they are', async () => {
    const { subject } = await render({ 'invitation.subject.txt': '\n {{ app_name }}\nBcc: x\n' });
    expect(subject).toBe('Example & Sons Bcc: x');
  });

  it('escape in HTML by themselves, and not in text', async () => {
    const mail = await render({
      'invitation.html': '<i>{{ app_name }}</i>',
      'invitation.txt': '{{ app_name }}',
    });
    expect(mail).toMatchObject({ html: '<i>Example &amp; Sons</i>', text: 'Example & Sons' });
  });

  it.each([
    ['a tag that does not end', 'Hi\n{% if code %}', '/invitation.txt, line 2, column 1: tag'],
    ['an output that does not end', '{{ link', '/invitation.txt, line 1, column 1: output'],
    ['a filter that is none', '{{ link | shout }}', 'undefined filter: shout'],
    ['a tag that is none', '{% shout %}', 'tag "shout" not found'],
    ['a misspelt name', 'Hi\n  {{ frist_name }}', 'line 2, column 6: there is no frist_name'],
    [
      'a misspelt name in a rare branch',
      '{% if code == "x" %}{{ cod }}{% endif %}',
      'there is no cod;',
    ],
    ['a property of a value', '{{ link.constructor }}', 'undefined variable: link.constructor'],
    ['a variable of the worker', '{{ process.env }}', 'there is no process'],
    ['another file', '{% include "invitation.subject.txt" %}', 'Failed to lookup'],
    ['a file elsewhere', '{% render "/etc/hostname" %}', 'Failed to lookup'],
  ])('with %s are refused with the place', async (_what, source, problem) => {
    const message = await refusal({ 'invitation.txt': source });
    expect(message).toMatch(/^\/invitation\.txt, line \d+, column \d+: /);
    expect(message).toContain(problem);
  });

  it('are refused with all faults in one message', async () => {
    const message = await refusal({ 'invitation.txt': '{{ a }}', 'invitation.html': '{{ b }}' });
    expect(message).toMatch(
      /invitation\.txt.*there is no a;.*; \/invitation\.html.*there is no b;/,
    );
  });

  it('must be in a folder, and readable', async () => {
    const folder = await folderWith({});
    const missing = path.join(folder, 'missing');
    expect(() => loadTemplates(missing)).toThrow(`${missing}: is not a folder`);
    await mkdir(path.join(folder, 'invitation.txt'));
    expect(() => loadTemplates(folder)).toThrow('invitation.txt: cannot be read (EISDIR)');
  });
});
