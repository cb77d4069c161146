import { describe, expect, it } from 'vitest';
import {
  mailTo,
  notifyProblem,
  notifySettingsOf,
  webhookSecrets,
  webhookUrl,
} from '../../../src/notify/settings.js';

const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

const problemOf = (parsed: { error?: { issues: { message: string }[] } }): string =>
  parsed.error?.issues.map(({ message }) => message).join() ?? 'none';

describe('the address of the webhook', () => {
  it.each([
    'https://hooks.example.com/a/b?key=c',
    'HTTPS://hooks.example.com',
    'http://127.0.0.1:8080/',
    'http://localhost/hook',
    'http://[::1]:8080/',
  ])('may be %s', (url) => {
    expect(webhookUrl.parse(url)).toBe(url);
  });

  it.each([
    ['hooks.example.com', 'is not an https URL'],
    ['ftp://secret.example.com', 'is not an https URL'],
    ['javascript:secret', 'is not an https URL'],
    ['https://', 'is not an https URL'],
    ['http://hooks.example.com/secret', 'is http to another host'],
    ['http://169.254.169.254/secret', 'is http to another host'],
    ['http://127.0.0.1.secret.example.com', 'is http to another host'],
    ['https://user:secret@hooks.example.com', 'holds a login'],
    ['https://hooks.example.com/#secret', 'goes on with #'],
  ])('is never %s, which no message quotes', (url, problem) => {
    const told = problemOf(webhookUrl.safeParse(url));
    expect(told).toContain(problem);
    expect(told).not.toContain('secret');
  });
});

describe('the secret', () => {
  it.each([24, 32, 64])('may have %i bytes', (bytes) => {
    expect(webhookSecrets.parse(secretOf(bytes))).toEqual([Buffer.alloc(bytes, 7)]);
  });

  it('may be two', () => {
    expect(webhookSecrets.parse(`${secretOf(24)}, ${secretOf(32)}`)).toHaveLength(2);
    expect(webhookSecrets.safeParse(Array(3).fill(secretOf(24)).join(' ')).success).toBe(false);
  });

  it.each([
    secretOf(23),
    secretOf(65),
    secretOf(32).replace('whsec_', ''),
    'whsec_',
    'whsec_change-me-please-secret',
    `${secretOf(32)} secret`,
  ])('is never %s, which no message quotes', (secret) => {
    const told = problemOf(webhookSecrets.safeParse(secret));
    expect(told).toContain('is not whsec_ with 24 to 64 bytes');
    expect(told).not.toContain(secret.slice(6) || 'nothing');
  });
});

describe('the addresses of operators', () => {
  it('are a list', () => {
    expect(mailTo.parse(' ops@example.com,\non-call@example.com , ')).toEqual([
      'ops@example.com',
      'on-call@example.com',
    ]);
  });

  it.each([
    ' , ',
    'nobody',
    'ops@example.com nobody@example.com',
    'Ops <ops@example.com>',
    'ops@example.com;nobody@example.com',
    'ops@example.com\r\nBcc: nobody@example.com',
    Array.from({ length: 11 }, (_, i) => `nobody${i}@example.com`).join(),
  ])('are never %j, which no message quotes', (text) => {
    const told = problemOf(mailTo.safeParse(text));
    expect(told).toContain('is not a list of 1 to 10 addresses');
    expect(told).not.toContain('nobody');
  });
});

describe('the settings together', () => {
  it('name the webhook with its secret, or none', () => {
    const url = 'https://hooks.example.com';
    expect(notifyProblem({ NOTIFY_WEBHOOK_URL: url })).toContain('belong together');
    expect(notifyProblem({ NOTIFY_WEBHOOK_SECRET: 'x' })).toContain('belong together');
    expect(notifyProblem({ NOTIFY_WEBHOOK_URL: '', NOTIFY_WEBHOOK_SECRET: '' })).toBeUndefined();
  });

  it('tell nobody where none is set, and one way without the other', () => {
    expect(notifySettingsOf({})).toBeUndefined();
    const mails = ['ops@example.com'];
    expect(notifySettingsOf({ NOTIFY_MAIL_TO: mails })).toEqual({ mailTo: mails });
    const secrets = [Buffer.alloc(32)];
    const url = 'https://hooks.example.com';
    expect(notifySettingsOf({ NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: secrets })).toEqual({
      webhook: { url, secrets },
      mailTo: [],
    });
  });
});
