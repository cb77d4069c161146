import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ConvertError } from '../../../src/convert/convert-error.js';
import { convert, type ConvertRequest } from '../../../src/convert/convert.js';
import type { SourceName } from '../../../src/convert/sources.js';
import { converted, EXPORTED, exported, temporaryFolder } from '../../support/converted.js';

/** Converts files into a folder of its own. */
async function into(folder: string, request: Partial<ConvertRequest> = {}): Promise<string> {
  const output = path.join(folder, 'users.csv');
  await convert({
    ...{ from: 'auth0', output, providers: new Map(), lostPasswords: undefined },
    files: EXPORTED.auth0.map(exported),
    ...request,
  });
  return output;
}

/** The refusal of a file with this content. */
async function refusal(
  from: SourceName,
  content: string | Buffer,
  name = 'export',
): Promise<string> {
  const folder = await temporaryFolder();
  const file = path.join(folder, name);
  await writeFile(file, content);
  try {
    await into(folder, { from, files: [file] });
  } catch (error) {
    if (!(error instanceof ConvertError)) throw error;
    expect(await readdir(folder)).toEqual([name]);
    return error.message.replaceAll(folder, '');
  }
  throw new Error('it was converted');
}

describe('the converted file', () => {
  it('is its owner’s alone', async () => {
    const output = await into(await temporaryFolder());
    expect((await stat(output)).mode & 0o777).toBe(0o600);
  });

  it('takes the place of no other', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'users.csv'), 'mine');
    await expect(into(folder)).rejects.toThrow('is there already, and is not overwritten');
    expect(await readFile(path.join(folder, 'users.csv'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['users.csv']);
  });

  it('is not there when the conversion was ended, or its folder cannot be written', async () => {
    const folder = await temporaryFolder();
    await expect(into(folder, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
    const missing = path.join(folder, 'missing');
    await expect(into(missing)).rejects.toThrow(/users\.csv cannot be written \(ENOENT\)/);
    await chmod(folder, 0o700);
  });

  it('has the columns that somebody has a value for, and the rarest metadata not beyond their number', async () => {
    const folder = await temporaryFolder();
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, 'x']));
    const users = [
      { user_id: 'google-oauth2|1', email: 'a@example.com', user_metadata: many },
      { user_id: 'google-oauth2|2', email: 'b@example.com', user_metadata: { plan: 'pro' } },
      { user_id: 'google-oauth2|3', email: 'c@example.com', user_metadata: { plan: 'pro' } },
    ];
    const file = path.join(folder, 'users.ndjson');
    await writeFile(file, users.map((user) => JSON.stringify(user)).join('\n'));
    const { summary } = await converted('auth0', { files: [file] });
    expect(summary.columns.slice(0, 3)).toEqual(['email', 'old_id', 'sign_in.google']);
    expect(summary.columns).toHaveLength(203);
    expect(summary.columns).toContain('metadata_public.user_metadata.plan');
    expect(summary.lost).toEqual({ 'rare metadata: a CSV has no room for all': 101 });
  });
});

describe('a file that is no export', () => {
  it.each<[SourceName, string, string | Buffer, RegExp]>([
    ['auth0', 'nothing', ' \n', /^\/export is empty/],
    ['auth0', 'a zip', Buffer.from('PK\x03\x04\x14\0', 'latin1'), /is a zip file; unpack it/],
    ['auth0', 'PGP', '-----BEGIN PGP MESSAGE-----\n', /encrypted by PGP; decrypt it/],
    ['auth0', 'PGP in bytes', Buffer.from([0x85, 0x01, 0x0c]), /encrypted by PGP/],
    ['keycloak', 'HTML', '<!doctype html><html>', /is HTML or XML/],
    ['firebase', 'UTF-16', Buffer.from('\ufeff{"users":[]}', 'utf16le'), /is UTF-16/],
    ['firebase', 'a picture', Buffer.from([0x89, 0x50, 0, 1]), /is not a text file/],
    ['firebase', 'its CSV', 'abc,ada@example.com,true\n', /looks like a CSV.*--from <preset>/],
    ['okta', 'prose', 'hello\n', /is not JSON: it begins with neither/],
    ['okta', 'an error', '{"errorCode":"E0000011"}', /the answer of an API with an error/],
    ['supabase', 'JSON', '[{"id":1}]', /is JSON.*hands out no hashes/],
    ['supabase', 'another table', 'a,b\n1,2\n', /is neither table/],
    ['supabase', 'packed', gzipSync('id,encrypted_password\n1,x\n'), /is packed.*unpack it/],
    ['keycloak', 'broken gzip', gzipSync('{"users":[]}').subarray(0, 25), /broken gzip/],
    ['firebase', 'no list of users', '{"kind":"x"}', /holds no users/],
    ['cognito', 'no list of users', '{"Users":[]}', /holds no users/],
    ['auth0', 'records of something else', '{"name":"x"}\n', /holds no users/],
  ])('%s: %s is told as what it is', async (from, _, content, message) => {
    expect(await refusal(from, content)).toMatch(message);
  });

  it('that is the hashes without the users is told as that', async () => {
    const hashes = await readFile(exported('auth0/hashes.ndjson'));
    expect(await refusal('auth0', hashes)).toMatch(/password hashes, without their users/);
    const identities = await readFile(exported('supabase/identities.csv'));
    expect(await refusal('supabase', identities)).toMatch(/auth.identities, without auth.users/);
  });

  it('is told by the line at which it is malformed, and nothing is left', async () => {
    const users = await readFile(exported('auth0/users.ndjson'), 'utf8');
    const lines = users.split('\n');
    lines[6] = lines[6]!.replace('":', '"');
    expect(await refusal('auth0', lines.join('\n'))).toMatch(
      /^export, line 7 \(byte \d+\): the file is not JSON here/,
    );
    expect(await refusal('auth0', users.slice(0, -20))).toMatch(
      /^export, line 24 \(byte \d+\): the file ends too early: it was cut off/,
    );
    const latin = Buffer.from(users.replace('Chloé', 'Chlo\u00e9'), 'latin1');
    expect(await refusal('auth0', latin)).toMatch(/^export, line 3 .* is not UTF-8 here/);
    const table = await readFile(exported('supabase/users.csv'), 'utf8');
    expect(await refusal('supabase', table.replace('"{', 'x"{'))).toMatch(
      /^export: malformed_quotes: .*line 2/,
    );
  });

  it('that is not there, or no file, is told', async () => {
    const folder = await temporaryFolder();
    await expect(into(folder, { files: [`${folder}/none`] })).rejects.toThrow('There is no file');
    await expect(into(folder, { files: [folder] })).rejects.toThrow('is not a file');
  });
});
