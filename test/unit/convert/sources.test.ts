import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SOURCES, type SourceName } from '../../../src/convert/sources.js';
import { converted, exported, HASH_PARAMETERS, temporaryFolder } from '../../support/converted.js';

describe('Auth0', () => {
  it('has its hashes joined by id, whichever identity of a user they are of, in both spellings', async () => {
    const { of } = await converted('auth0');
    for (const person of ['ada', 'farid', 'jonas', 'mei', 'otto', 'xenia']) {
      expect(of(person)!['password_hash'], person).toMatch(/^\$2b\$04\$/);
    }
    // The hash of somebody else would be as well-formed.
    const hashes = ['ada', 'farid', 'jonas', 'mei'].map((person) => of(person)!['password_hash']);
    expect(new Set(hashes).size).toBe(4);
  });

  it('says whose passwords are lost, and why', async () => {
    const { summary } = await converted('auth0');
    expect(summary.passwords).toMatchObject({ kept: 18, converted: 0, none: 3 });
    expect(Object.entries(summary.passwords.lost)).toEqual([
      ['the file of password hashes has none of theirs', 2],
      [expect.stringMatching(/^the hash is phpass .* Kratos cannot check$/), 1],
    ]);
    expect(summary.lost).toMatchObject({
      'password hashes without a user in the files': 1,
      'second factors': 1,
      'second sign-ins by google': 1,
      'sign-ins by acme-saml: name its id in Kratos with --provider': 1,
      'metadata under keys that cannot be columns': 1,
    });
  });

  it('takes the hashes as one list, the files in any order, and users packed with gzip', async () => {
    const folder = await temporaryFolder();
    const [users, hashes] = [`${folder}/users.json.gz`, `${folder}/hashes.json`];
    await writeFile(users, gzipSync(await readFile(exported('auth0/users.ndjson'))));
    const lines = (await readFile(exported('auth0/hashes.ndjson'), 'utf8')).trim().split('\n');
    await writeFile(hashes, `[\n${lines.join(',\n')}\n]`);
    const whole = await converted('auth0');
    expect((await converted('auth0', { files: [hashes, users] })).text).toBe(whole.text);
  });

  it('without its hashes has lost them all, and says so', async () => {
    const { summary } = await converted('auth0', { files: [exported('auth0/users.ndjson')] });
    expect(summary.passwords).toMatchObject({ kept: 0, none: 3 });
    expect(summary.passwords.lost).toEqual({ 'no file of password hashes was given': 21 });
  });

  it('keeps sign-ins, states and metadata, and no key of them as a column that nobody may have', async () => {
    const { of, rows, summary } = await converted('auth0', {
      providers: new Map([['acme-saml', 'acme']]),
    });
    expect(of('elodie')).toMatchObject({ 'sign_in.google': '104857600000000000001' });
    expect(of('greta')).toMatchObject({ 'sign_in.acme': 'greta', password_hash: '' });
    expect(of('otto')).toMatchObject({
      'sign_in.google': '104857600000000000003',
      'sign_in.github': '4711',
    });
    expect(of('dmitri')).toMatchObject({ state: 'inactive' });
    expect(of('chloe')).toMatchObject({
      'metadata_public.user_metadata.plan': 'pro',
      'metadata_admin.app_metadata.roles': '["editor","viewer"]',
      'metadata_admin.app_metadata.beta': 'true',
      'metadata_admin.created_at': '2021-03-03T08:15:00.000Z',
    });
    expect(of('bruno')).toMatchObject({ name: '', email_verified: 'true' });
    expect(rows.find(({ email }) => email === '')).toMatchObject({
      phone: '+4520123456',
      phone_verified: 'true',
      password_hash: '',
    });
    expect(summary.columns.filter((name) => /__proto__|\.csv_import$|\.a\.b$/.test(name))).toEqual([
      'metadata_admin.app_metadata.csv_import',
      'metadata_public.user_metadata.csv_import',
    ]);
  });
});

describe('Keycloak', () => {
  it('has passwords of every algorithm that Kratos can check, of as many bytes as they have', async () => {
    const { of, summary } = await converted('keycloak');
    expect(of('ada')!['password_hash']).toMatch(/^\$pbkdf2-sha256\$i=1000,l=32\$/);
    expect(of('bruno')!['password_hash']).toMatch(/^\$pbkdf2-sha256\$i=1000,l=64\$/);
    expect(of('chloe')!['password_hash']).toMatch(/^\$pbkdf2-sha512\$i=1000,l=64\$/);
    expect(of('dmitri')!['password_hash']).toMatch(/^\$pbkdf2-sha1\$i=1000,l=64\$/);
    expect(of('elodie')!['password_hash']).toBe(
      '$argon2id$v=19$m=7168,t=5,p=1$JgOXuuDuG8XFTZzYHGe0ww$rG31dTYZv8hUq3osIGVHEAs0lBVcP3Tmo/LEKyGUuy0',
    );
    expect(summary.passwords).toMatchObject({ kept: 0, converted: 16, none: 2 });
    expect(summary.passwords.lost).toEqual({
      'the export has no credentials: only kc.sh export writes them': 1,
      'the hash is argon2d, which Kratos cannot check': 1,
      'the hash is not a JSON object where Keycloak writes one': 1,
      'they are in the directory (LDAP) that Keycloak asks': 1,
    });
  });

  it('leaves service accounts out, and tells an unreadable user by its line', async () => {
    const { summary } = await converted('keycloak');
    expect(summary.users).toEqual({
      read: 24,
      written: 22,
      leftOut: { 'service accounts of clients': 1 },
    });
    expect(summary.unreadable).toEqual({
      reasons: { 'emailVerified is neither true nor false': 1 },
      places: ['acme-users-1.json, line 100 (byte 3045)'],
    });
  });

  it('keeps attributes and roles, and says which second factors are lost', async () => {
    const { of, summary } = await converted('keycloak');
    expect(of('kaja')).toMatchObject({
      'metadata_admin.attributes.locale': 'pl',
      'metadata_admin.attributes.department': '["Sales","Support"]',
    });
    expect(of('mei')).toMatchObject({
      'metadata_admin.realm_roles': '["default-roles-acme","billing"]',
      'metadata_admin.client_roles': '{"portal":["editor"]}',
      'metadata_admin.groups': '["/staff/eu"]',
    });
    expect(summary.lost).toMatchObject({
      'second factors (one-time passwords)': 1,
      'required actions': 1,
      'sign-ins by acme-oidc: name its id in Kratos with --provider': 1,
    });
  });

  it('of a realm without its users is told as that', async () => {
    const alone = converted('keycloak', { files: [exported('keycloak/acme-realm.json')] });
    await expect(alone).rejects.toThrow(/^acme-realm\.json: no users\. .*R-users-0\.json/);
  });

  it('of one file for the whole realm, or of a list of realms, is the same', async () => {
    const folder = await temporaryFolder();
    const read = async (name: string) =>
      JSON.parse(await readFile(exported(`keycloak/${name}.json`), 'utf8')) as object;
    const pages = await Promise.all(['acme-users-0', 'acme-users-1'].map(read));
    const users = pages.flatMap((page) => (page as { users: unknown[] }).users);
    const realm = { ...(await read('acme-realm')), users };
    const { text } = await converted('keycloak');
    const file = `${folder}/acme.json`;
    await writeFile(file, JSON.stringify(realm));
    expect((await converted('keycloak', { files: [file] })).text).toBe(text);
    await writeFile(file, JSON.stringify([{ realm: 'master', users: [] }, realm]));
    expect((await converted('keycloak', { files: [file] })).text).toBe(text);
    await writeFile(file, JSON.stringify([realm, realm]));
    await expect(converted('keycloak', { files: [file] })).rejects.toThrow('several realms');
  });
});

describe('Firebase', () => {
  it('has its hashes with the parameters of its project', async () => {
    const { of, summary } = await converted('firebase');
    expect(of('ada')!['password_hash']).toMatch(
      /^\$firescrypt\$ln=10,r=8,p=1\$[^$]+\$[^$]+\$Bw==\$jxspr8Ki0RY/,
    );
    expect(summary.passwords).toEqual({
      kept: 0,
      converted: 18,
      none: 2,
      lost: {
        'Firebase left their hash out, as it does for hashes of another version': 1,
        'the hash has no salt in base64': 1,
      },
    });
  });

  it('without these is refused, and so is an export that was made without hashes', async () => {
    await expect(converted('firebase', { hashParameters: undefined })).rejects.toThrow(
      '--hash-parameters or FIREBASE_HASH_PARAMETERS_FILE',
    );
    const file = `${await temporaryFolder()}/users.json`;
    const user = { localId: 'x', email: 'ada@example.com', passwordHash: 'UkVEQUNURUQ=', salt: '' };
    await writeFile(file, JSON.stringify({ users: [user] }));
    await expect(
      converted('firebase', { files: [file], hashParameters: HASH_PARAMETERS }),
    ).rejects.toThrow('REDACTED');
  });

  it('keeps sign-ins and claims, and leaves anonymous users out', async () => {
    const { of, rows, summary } = await converted('firebase');
    expect(of('chloe')).toMatchObject({ 'sign_in.google': '104857600000000000011' });
    expect(of('jonas')).toMatchObject({
      'sign_in.github': '4713',
      'sign_in.apple': '000123.abc.0456',
    });
    expect(of('greta')).toMatchObject({
      'metadata_admin.custom_claims.admin': 'true',
      'metadata_admin.custom_claims.tier': 'gold',
    });
    expect(rows.find(({ phone }) => phone === '+96170123456')).toMatchObject({
      email: '',
      phone_verified: 'true',
    });
    expect(summary.users.leftOut).toEqual({
      'anonymous users, who have nothing to sign in with': 1,
    });
    expect(summary.unreadable.reasons).toEqual({ 'customAttributes is not JSON': 1 });
  });
});

describe('Supabase', () => {
  it('has its hashes as they are, those from Firebase as Kratos writes them', async () => {
    const { of, summary } = await converted('supabase');
    expect(of('ada')!['password_hash']).toMatch(/^\$2a\$04\$/);
    expect(of('greta')!['password_hash']).toMatch(/^\$firescrypt\$ln=10,r=8,p=1\$/);
    expect(of('hiro')!['password_hash']).toMatch(/^\$argon2id\$/);
    expect(summary.passwords).toMatchObject({ kept: 15, converted: 1, none: 4 });
  });

  it('has every social sign-in of a user, wherever they are in the other table', async () => {
    const { of, summary } = await converted('supabase');
    expect(of('jonas')).toMatchObject({ 'sign_in.github': '4721', 'sign_in.microsoft': 'a1b2' });
    expect(of('chloe')).toMatchObject({ 'sign_in.google': '104857600000000000021' });
    expect(summary.signIns).toEqual({ github: 1, google: 1, microsoft: 1 });
    const without = await converted('supabase', { files: [exported('supabase/users.csv')] });
    expect(without.summary.lost).toMatchObject({
      'social sign-ins: auth.identities was not given': 2,
    });
  });

  it('keeps who is banned now, whose address is verified, and what users wrote', async () => {
    const { of, rows, summary } = await converted('supabase');
    expect(of('dmitri')).toMatchObject({ state: 'inactive' });
    expect(of('elodie')).toMatchObject({ state: '' });
    expect(of('bruno')).toMatchObject({ email_verified: 'false' });
    expect(of('lars')).toMatchObject({
      first_name: 'Lars',
      last_name: 'Østby',
      'metadata_public.user_metadata.plan': 'pro',
      'metadata_public.user_metadata.note': 'likes "quotes", commas\nand lines',
    });
    expect(rows.find(({ email }) => email === '')).toMatchObject({ phone: '+5511987654321' });
    expect(summary.users.leftOut).toEqual({ 'anonymous users': 1, 'deleted users': 1 });
    expect(summary.unreadable.places).toEqual(['users.csv, line 17 (byte 6281)']);
  });
});

describe('Okta and Cognito', () => {
  it('hand out no hashes, which is said of each user', async () => {
    const [okta, cognito] = [await converted('okta'), await converted('cognito')];
    expect(okta.summary.passwords.lost).toEqual({ 'Okta hands out no hashes': 23 });
    expect(cognito.summary.passwords.lost).toEqual({ 'Cognito hands out no hashes': 21 });
  });

  it('keep who may sign in, and how', async () => {
    const [okta, cognito] = [
      await converted('okta'),
      await converted('cognito', { lostPasswords: 'hook' }),
    ];
    const inactive = okta.rows.filter(({ state }) => state === 'inactive');
    expect(inactive.map(({ email }) => email)).toEqual(['greta@example.com', 'hiro@example.com']);
    expect(okta.of('mei')).toMatchObject({
      'metadata_admin.profile.department': 'R&D',
      'metadata_admin.profile.employeeNumber': '1234',
    });
    expect(cognito.of('chloe')).toMatchObject({
      'sign_in.google': '104857600000000000031',
      password_migration_hook: '',
    });
    expect(cognito.of('ada')).toMatchObject({
      email_verified: 'false',
      password_migration_hook: 'true',
      username: '',
    });
    expect(cognito.of('elodie')).toMatchObject({ username: 'elodie' });
  });
});

describe('every source', () => {
  it.each(Object.keys(SOURCES) as SourceName[])(
    '%s: no line of what is told holds anything of a user',
    async (from) => {
      const { summary, rows } = await converted(from);
      const told = JSON.stringify({ ...summary, columns: [] });
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) {
          // Short values such as `true` and `5` stand in any text.
          if (value.length > 5) expect(told, column).not.toContain(value);
        }
      }
    },
  );
});
