import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { convertFiles, type ConvertOptions } from '../../../src/cli/convert.js';
import type { CommandError } from '../../../src/cli/exit.js';
import type { SourceName } from '../../../src/convert/sources.js';
import { EXPORTED, exported, temporaryFolder } from '../../support/converted.js';
import { told } from '../../support/output.js';

async function run(
  from: SourceName,
  options: Partial<ConvertOptions> = {},
  files = EXPORTED[from].map(exported),
): Promise<{ code: number; out: string; document: unknown }> {
  const output = path.join(await temporaryFolder(), 'users.csv');
  const { lines, documents, context } = told();
  const code = await convertFiles(files, { from, output, provider: {}, ...options }, context);
  return { code, out: lines.join('\n').replaceAll(output, 'users.csv'), document: documents[0] };
}

afterEach(() => void vi.unstubAllEnvs());

describe('the end of a conversion', () => {
  it('is 1 where passwords are lost, unless that is known', async () => {
    const lost = await run('auth0');
    expect(lost.code).toBe(1);
    expect(lost.out).toContain('say --lost-passwords mail, or hook');
    expect((await run('auth0', { lostPasswords: 'mail' })).code).toBe(0);
    expect((await run('auth0', { lostPasswords: 'hook' })).code).toBe(0);
  });

  it('is 1 where a record is no user, which nothing makes known', async () => {
    expect((await run('keycloak', { lostPasswords: 'mail' })).code).toBe(1);
  });

  it('is 2 where nothing is converted', async () => {
    await expect(run('auth0', {}, ['none.json'])).rejects.toMatchObject({
      message: 'There is no file none.json.',
      exitCode: 2,
    });
  });

  it('tells what was kept, converted and lost, by reason', async () => {
    const { out } = await run('auth0', {
      lostPasswords: 'hook',
      provider: { 'acme-saml': 'acme' },
    });
    expect(out.split('\n')).toEqual([
      'users.csv: 24 users of 24.',
      'passwords: 18 as they are, 0 converted, 3 lost; 3 users had none',
      '        2  password lost: the file of password hashes has none of theirs',
      '        1  password lost: the hash is phpass ($P$ or $H$, thousands of rounds of MD5), which Kratos cannot check',
      '  They are marked for the password migration hook.',
      '        3  sign in with google',
      '        1  sign in with acme',
      '        1  sign in with github',
      '        1  lost: metadata under keys that cannot be columns',
      '        1  lost: password hashes without a user in the files',
      '        1  lost: second factors',
      '        1  lost: second sign-ins by google',
      '        3  changed: metadata that are lists or objects, kept as JSON text',
      '        1  changed: metadata that are numbers or booleans, kept as text',
      '        1  changed: no address: imported only where the schema has another identifier',
      expect.stringMatching(/^Ignored by an import, .*: username, phone, name, picture/),
      'Next: user-import check users.csv',
    ]);
  });

  it('tells the same as JSON', async () => {
    const { document } = await run('supabase');
    expect(document).toMatchObject({
      from: 'supabase',
      users: { read: 24, written: 21 },
      passwords: { kept: 15, converted: 1, none: 4 },
    });
  });
});

describe('the hash parameters of a Firebase project', () => {
  it('come from a file that the environment or an option names', async () => {
    const file = exported('firebase/hash-parameters.json');
    const lost = { lostPasswords: 'mail' } as const;
    const named = await run('firebase', { ...lost, hashParameters: file });
    vi.stubEnv('FIREBASE_HASH_PARAMETERS_FILE', file);
    expect(await run('firebase', lost)).toEqual(named);
    expect(named.out).toContain('18 converted');
  });

  it('that are missing or wrong are told, without what they are', async () => {
    const file = path.join(await temporaryFolder(), 'parameters.json');
    const failure = async (content: string) => {
      await writeFile(file, content);
      return run('firebase', { hashParameters: file }).then(
        () => undefined,
        (error: unknown) => (error as CommandError).message,
      );
    };
    expect(await failure('{"base64_signer_key":"c2VjcmV0"}')).toMatch(
      /does not give base64_salt_separator, rounds, mem_cost\.$/,
    );
    expect(await failure('not JSON, but c2VjcmV0')).not.toContain('c2VjcmV0');
    await expect(run('firebase', { hashParameters: `${file}.gone` })).rejects.toThrow('ENOENT');
  });
});
