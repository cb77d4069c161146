/** The small files of test/fixtures/cases whose cells are not what they seem, imported into a running Kratos. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allIdentities, canLogIn, createIdentity } from '../support/identities.js';
import { schemaOf } from '../support/identity-schemas.js';
import { imports, table, type Imports } from '../support/imports.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const text = { type: 'string' };
const schema = schemaOf({
  ...{ first_name: text, last_name: text, role: text, tenant_id: text, mobile: text },
  ...{ employee_no: text, score: { type: 'number' } },
});
const MOBILE = { columns: { mobile: 'traits.mobile' } };

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { default: schema.json } });
  all = await imports(world);
  await startWorker(world);
});

afterAll(() => world.close());

/** Imports a case, its valid rows alone. */
async function importCase(file: string, input: Record<string, unknown> = {}) {
  const name = file.replace('/', '-');
  const content = await readFile(path.join(import.meta.dirname, `../fixtures/cases/${file}.csv`));
  await all.write(`${name}.csv`, content);
  return all.run(name, { file: `${name}.csv`, onInvalid: 'import-valid', ...input });
}

async function traitsOf(email: string): Promise<Record<string, unknown> | undefined> {
  const identities = await allIdentities(world.kratos.adminUrl);
  return identities.find(({ traits }) => traits['email'] === email)?.traits;
}

const logIn = (email: string, password: string) =>
  canLogIn(world.kratos.publicUrl, email, password);

test('blanks after commas are in passwords and names alone', async () => {
  expect((await importCase('05-spaced-commas/input')).rows).toMatchObject({ created: 2 });
  expect(await traitsOf('pia.space@example.org')).toMatchObject({ role: 'user', tenant_id: 't1' });
  expect((await importCase('05-spaced-commas/names-only')).rows).toMatchObject({ created: 3 });
  expect(await traitsOf('tess.space@example.org')).toEqual({ email: 'tess.space@example.org' });
  await importCase('05-spaced-commas/passwords');
  expect(await logIn('zia.pw@example.org', ' Spring-Snow-5')).toBe(true);
  expect(await logIn('zia.pw@example.org', 'Spring-Snow-5')).toBe(false);
});

test('words for no value sign nobody in', async () => {
  const { rows, folder } = await importCase('08-null-literals/input', MOBILE);
  expect(rows).toMatchObject({ created: 1, invalid: 5 });
  expect(await table(folder, 'rejects.csv')).toMatchObject(
    Array.from({ length: 5 }, () => ({ import_codes: 'null_literal' })),
  );
  const csv = { nothing: ['NULL', '\\N', 'null', 'N/A', '#N/A', 'None'] };
  await all.write(
    'again.csv',
    await readFile(path.join(world.importRoot, '08-null-literals-input.csv')),
  );
  const again = await all.run('again', { file: 'again.csv', csv, ...MOBILE });
  expect(again).toMatchObject({ rows: { created: 5, skipped: 1 }, invitations: { due: 6 } });
  expect(await logIn('hol.null@example.org', 'NULL')).toBe(false);
  expect(await traitsOf('hol.null@example.org')).toEqual({
    ...{ email: 'hol.null@example.org', first_name: 'Hollis' },
  });
});

test('hashes sign nobody in who has not the password', async () => {
  const columns = { password: 'password' };
  expect((await importCase('09-hash-as-password/input', { columns })).rows).toMatchObject({
    ...{ created: 0, invalid: 6 },
  });
});

test('every address that is created can be typed', async () => {
  for (const file of ['input', 'ends', 'fine', 'idn']) await importCase(`10-invisible/${file}`);
  const emails = (await allIdentities(world.kratos.adminUrl)).map(({ traits }) => traits['email']);
  expect(emails).toEqual(
    expect.arrayContaining(['bob.zw@example.org', 'cyd.zw@example.org', "d'arcy.y@example.org"]),
  );
  expect(emails.join()).not.toMatch(/[\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/);
});

test('an update takes nothing from users by words for no value', async () => {
  const email = 'real.ex@example.org';
  await createIdentity(world.kratos.adminUrl, 'default', {
    ...{ email, first_name: 'Real', last_name: 'Person', mobile: '+491702345678' },
  });
  const input = { ...MOBILE, mode: 'update' };
  const { rows, folder } = await importCase('18-existing-users/input', input);
  expect(rows).toMatchObject({ created: 1, invalid: 2 });
  // Without the row that only an invisible character keeps apart from the user's.
  const [twin, own] = await table(folder, 'rejects.csv');
  expect(twin!['import_codes']).toContain('invisible_character');
  expect(own!['import_codes']).toBe('duplicate_email');
  await all.write(
    'own.csv',
    'email,first_name,last_name,mobile\n' + `${email},Real,NULL,4.917E+11\n`,
  );
  expect((await all.run('own', { file: 'own.csv', ...input })).rows).toMatchObject({
    unchanged: 1,
  });
  expect(await traitsOf(email)).toMatchObject({ last_name: 'Person', mobile: '+491702345678' });
});
