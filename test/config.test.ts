import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from '../src/config.js';
import { temporaryFolder } from './support/planned-run.js';

const NEEDED = {
  KRATOS_ADMIN_URL: 'http://127.0.0.1:4434',
  IMPORT_ROOT: '/srv/imports',
  IMPORT_RUNS: '/srv/runs',
};

/** The message with which the worker would not start. */
function refusal(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('these settings were taken');
}

describe('the worker’s settings', () => {
  it('need an admin URL and two folders; the rest has defaults', () => {
    expect(readSettings(NEEDED)).toEqual({
      kratos: { adminUrl: 'http://127.0.0.1:4434' },
      importRoot: '/srv/imports',
      runsRoot: '/srv/runs',
      roles: ['admin', 'user', 'support'],
      tenants: undefined,
      bcryptCost: 12,
    });
  });

  it('are taken as they are given', () => {
    const settings = readSettings({
      ...NEEDED,
      KRATOS_ADMIN_TOKEN: 'ory_pat_x',
      KRATOS_PUBLIC_URL: 'https://kratos.example.com/',
      ROLES: 'owner, member ,,guest',
      TENANTS: 't1\nt2',
      PASSWORD_BCRYPT_COST: '10',
    });
    expect(settings).toMatchObject({
      kratos: { adminToken: 'ory_pat_x', publicUrl: 'https://kratos.example.com/' },
      roles: ['owner', 'member', 'guest'],
      tenants: ['t1', 't2'],
      bcryptCost: 10,
    });
  });

  it('that are empty are the same as none', () => {
    const optional = ['KRATOS_ADMIN_TOKEN', 'KRATOS_PUBLIC_URL', 'ROLES', 'TENANTS'];
    const names = [...optional, 'TENANTS_FILE', 'PASSWORD_BCRYPT_COST'];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(readSettings({ ...NEEDED, ...empty })).toEqual(readSettings(NEEDED));
    expect(refusal({ ...NEEDED, IMPORT_ROOT: '' })).toContain('  IMPORT_ROOT is missing');
  });

  it('that are missing or wrong are all named in one message', async () => {
    const missingFile = join(await temporaryFolder(), 'tenants.txt');
    const message = refusal({
      KRATOS_PUBLIC_URL: 'ftp://kratos.example.com',
      ROLES: ' , ',
      TENANTS: 't1',
      TENANTS_FILE: missingFile,
      PASSWORD_BCRYPT_COST: 'twelve',
    });
    const [title, ...problems] = message.split('\n');
    expect(title).toContain('.env.example');
    expect(problems).toEqual([
      '  KRATOS_ADMIN_URL is missing: an http or https URL',
      '  KRATOS_PUBLIC_URL is not an http or https URL',
      '  IMPORT_ROOT is missing: the path of a folder',
      '  IMPORT_RUNS is missing: the path of a folder',
      '  ROLES names nothing',
      `  TENANTS_FILE cannot be read (ENOENT): ${missingFile}`,
      '  PASSWORD_BCRYPT_COST is not a whole number from 4 to 15',
      '  TENANTS_FILE is set beside TENANTS; set one of them',
    ]);
  });

  it.each(['3', '16', '10.5', 'ten', '-12', '1e999'])('refuse a bcrypt cost of %s', (cost) => {
    expect(refusal({ ...NEEDED, PASSWORD_BCRYPT_COST: cost })).toContain('from 4 to 15');
  });

  it.each(['127.0.0.1:4434', 'localhost', 'ws://localhost', 'nonsense'])(
    'refuse %s as an admin URL',
    (url) => {
      expect(refusal({ ...NEEDED, KRATOS_ADMIN_URL: url })).toContain(
        'KRATOS_ADMIN_URL is not an http or https URL',
      );
    },
  );

  it('never repeat a token', () => {
    expect(refusal({ KRATOS_ADMIN_TOKEN: 'ory_pat_secret' })).not.toContain('ory_pat_secret');
  });
});

describe('TENANTS_FILE', () => {
  const withFile = async (text: string) => {
    const file = join(await temporaryFolder(), 'tenants.txt');
    await writeFile(file, text);
    return { ...NEEDED, TENANTS_FILE: file };
  };

  it('names one tenant a line, however the lines end, or some with commas between them', async () => {
    const env = await withFile('\ufefft1\r\n\r\n  Müller & Co \nt3, t4');
    expect(readSettings(env).tenants).toEqual(['t1', 'Müller & Co', 't3', 't4']);
  });

  it('that names nobody is told', async () => {
    expect(refusal(await withFile('\n  \n'))).toContain('  TENANTS_FILE names nothing');
  });
});
