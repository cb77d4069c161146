import { describe, expect, it } from 'vitest';
import {
  problemOf,
  risksOf,
  shown,
  suggestions,
  tried,
  withLogin,
} from '../../../src/cli/init-questions.js';
import { quoted } from '../../../src/cli/env-text.js';
import { STAND_INS } from '../../../src/cli/settings.js';
import { readSettings } from '../../../src/config.js';

describe('an answer of init', () => {
  it.each([
    ['KRATOS_ADMIN_URL', 'http://127.0.0.1:4434', undefined],
    ['KRATOS_ADMIN_URL', 'kratos', 'is not an http or https URL'],
    ['KRATOS_ADMIN_URL', '', 'is missing'],
    ['KRATOS_PUBLIC_URL', '', undefined],
    ['SMTP_URL', 'ftp://mail', 'is not an smtp or smtps URL'],
    ['MAIL_FROM', 'nobody', 'is not one'],
    ['APP_NAME', `"Ann's" $1`, 'both kinds of quotes'],
    ['TEMPORAL_ADDRESS', '127.0.0.1:7233', undefined],
  ])('is judged as the worker would: %s', (name, value, problem) => {
    if (problem === undefined) expect(problemOf(name, value)).toBeUndefined();
    else expect(problemOf(name, value)).toContain(problem);
  });

  it('never quotes a secret', () => {
    expect(problemOf('SMTP_URL', 'Zq9SECRET')).not.toContain('Zq9SECRET');
  });

  it.each([
    ["http://admin:it's Zq9@kratos:4434", 'http://kratos:4434'],
    ['http://admin:"Zq9@x@kratos:4434', 'http://kratos:4434'],
    ["smtp://me:Zq9'/x@mail:25", 'smtp://mail:25'],
    ['Ann <ann@example.com>', 'Ann <ann@example.com>'],
    ['./imports', './imports'],
  ])('is suggested without a login: %s', (value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  it('may be given again where it contradicts another one', async () => {
    const answers = { KRATOS_ADMIN_URL: 'http://me:Zq9@127.0.0.1:1', KRATOS_ADMIN_TOKEN: 'Zq9' };
    const [finding, ...others] = await tried((given) => {
      readSettings({ ...STAND_INS, ...given });
      return Promise.resolve([]);
    }, answers);
    expect(finding).toMatchObject({ check: 'settings', status: 'failed' });
    expect(finding?.text).toContain('KRATOS_ADMIN_TOKEN');
    expect(finding?.text).not.toContain('Zq9');
    expect(others).toEqual([]);
  });

  it.each([
    ['http://kratos.example.com:4434', 'Zq9', ['warning']],
    ['http://kratos.example.com:4434', undefined, []],
    ['https://kratos.example.com', 'Zq9', []],
    ['http://127.0.0.1:4434', 'Zq9', []],
  ])('is warned of where others read the token along: %s, %s', (adminUrl, adminToken, expected) => {
    const found = risksOf({ kratos: { adminUrl, adminToken } });
    expect(found.map(({ status }) => status)).toEqual(expected);
  });

  it('may hold any password in the URL of the mail server', () => {
    const password = `p@ss ':/?#"\\$\``;
    const url = withLogin('smtps://mail.example.com:465', 'me@example.com', password);
    expect(decodeURIComponent(new URL(url).password)).toBe(password);
    expect(new URL(url).host).toBe('mail.example.com:465');
    expect(problemOf('SMTP_URL', url)).toBeUndefined();
    expect(quoted(url)).toBeDefined();
  });

  it('is suggested from what is set', async () => {
    expect(await suggestions({ KRATOS_ADMIN_URL: 'http://a', APP_NAME: '' })).toMatchObject({
      KRATOS_ADMIN_URL: 'http://a',
      IMPORT_ROOT: './imports',
    });
  });
});
