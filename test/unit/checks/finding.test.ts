import { describe, expect, it } from 'vitest';
import { findOut, ok } from '../../../src/checks/finding.js';
import { compareClocks } from '../../../src/checks/kratos.js';
import { testMail } from '../../../src/checks/mail.js';
import { loadTemplates } from '../../../src/invitations/mail/invitation-mail.js';

describe('a check', () => {
  it('tells what it found', async () => {
    expect(await findOut('mail', () => ok('answers'))).toEqual({
      check: 'mail',
      status: 'ok',
      text: 'answers',
    });
  });

  it('ends when no answer comes', async () => {
    const never = () => new Promise<never>(() => undefined);
    expect(await findOut('mail', never, 5)).toMatchObject({
      status: 'failed',
      isUnreachable: true,
    });
  });

  it('fails alone, and says nothing of what it was given', async () => {
    const finding = await findOut('mail', () => {
      throw Object.assign(new Error('smtp://user:Zq9SECRET@mail'), { code: 'EODD' });
    });
    expect(finding).toMatchObject({
      status: 'failed',
      text: expect.stringContaining('EODD') as string,
    });
    expect(JSON.stringify(finding)).not.toContain('Zq9SECRET');
  });
});

describe('the clock of Kratos', () => {
  const at = new Date('2026-11-02T10:00:00Z');

  it.each([
    [0, 'ok', 'the same time'],
    [29_000, 'ok', 'the same time'],
    [90_000, 'warning', '1 min 30 s ahead of'],
    [-90_000, 'warning', '1 min 30 s behind'],
  ])('is compared with that of this machine: %s ms', (ms, status, text) => {
    expect(compareClocks(at, at.getTime() + ms)).toMatchObject({
      status,
      text: expect.stringContaining(text) as string,
    });
  });

  it('may be unknown', () => {
    expect(compareClocks(undefined, 0).status).toBe('skipped');
  });
});

describe('a test mail', () => {
  it('is the invitation of users, and says that it is a test', () => {
    const { subject, text, html } = testMail(loadTemplates(), 'Example & Co');
    expect(subject).toMatch(/^\[Test\] .*Example & Co/);
    for (const part of [text, html]) {
      expect(part).toContain('This is a test of user-import doctor.');
      expect(part).toContain('https://invitation.invalid/');
    }
    expect(html.indexOf('<body')).toBeLessThan(html.indexOf('This is a test'));
  });
});
