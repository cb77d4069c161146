import { describe, expect, it } from 'vitest';
import { describeTarget, parseTarget, targetProblems } from '../../../src/identity/columns.js';
import { absentColumns, mapColumns } from '../../../src/identity/map-columns.js';
import { EMAIL_TRAIT, personSchema, schemaOf } from '../../support/identity-schemas.js';

/** Header name to target, as a file with this header is mapped. */
function targets(names: string[], overrides: Record<string, string> = {}, schema = personSchema) {
  const mapped = mapColumns(names, overrides, schema);
  if (!mapped.ok) throw new Error(mapped.problem.message);
  return Object.fromEntries(
    mapped.map.columns.map(({ name, target }) => [name, describeTarget(target)]),
  );
}

function problem(names: string[], overrides: Record<string, string> = {}, schema = personSchema) {
  const mapped = mapColumns(names, overrides, schema);
  if (mapped.ok) throw new Error('these columns were taken');
  return mapped.problem;
}

describe('the columns of a file', () => {
  it('go to their default targets, in any order', () => {
    const names = ['state', 'initial_password', 'email', 'role', 'password_hash', 'first_name'];
    expect(targets([...names, 'external_id', 'tenant_id', 'last_name'])).toEqual({
      email: 'traits.email',
      first_name: 'traits.first_name',
      last_name: 'traits.last_name',
      role: 'traits.role',
      tenant_id: 'traits.tenant_id',
      initial_password: 'password',
      password_hash: 'password_hash',
      external_id: 'external_id',
      state: 'state',
    });
  });

  it('go where the input sends them, whatever the default is', () => {
    const sent = {
      mail: 'traits.email',
      email: 'metadata_admin.old.email',
      role: 'metadata_public.role',
      secret: 'password',
      first_name: 'ignore',
    };
    expect(targets(['mail', 'email', 'role', 'secret', 'first_name', 'last_name'], sent)).toEqual({
      mail: 'traits.email',
      email: 'metadata_admin.old.email',
      role: 'metadata_public.role',
      secret: 'password',
      last_name: 'traits.last_name',
    });
  });

  it('obey the rules of an address, a role and a tenant wherever these go', () => {
    const mapped = mapColumns(
      ['mail', 'role', 'team'],
      { mail: 'traits.email', role: 'metadata_public.kind', team: 'metadata_admin.tenant_id' },
      personSchema,
    );
    expect(mapped).toMatchObject({
      ok: true,
      map: { columns: [{ rule: 'email' }, { rule: 'role' }, { rule: 'tenant' }] },
    });
  });

  it('may hold the address in another trait than email', () => {
    const schema = schemaOf({
      contact: { type: 'object', properties: { mail: EMAIL_TRAIT } },
    });
    const mapped = mapColumns(['email'], { email: 'traits.contact.mail' }, schema);
    expect(mapped).toMatchObject({ ok: true, map: { columns: [{ rule: 'email' }] } });
  });

  it('that an earlier rejects.csv has appended bring no warning', () => {
    const mapped = mapColumns(
      ['email', 'import_line', 'import_codes', 'import_reason'],
      {},
      personSchema,
    );
    expect(mapped).toMatchObject({
      ok: true,
      warnings: [],
      map: { width: 4, rejectColumns: [1, 2, 3], columns: [{ name: 'email' }] },
    });
  });

  it('that are unknown by the hundred are named up to fifty, and counted beyond', () => {
    const names = ['email', ...Array.from({ length: 300 }, (_, i) => `extra_${i}`)];
    const mapped = mapColumns(names, {}, personSchema);
    expect(mapped.ok && mapped.warnings.map(({ message }) => message).slice(49)).toEqual([
      'unknown_column: column "extra_49" is ignored',
      'unknown_column: 250 more columns are ignored',
    ]);
  });

  it('named like a property of every object are unknown, not something of JavaScript', () => {
    const names = ['email', 'constructor', 'toString', '__proto__', 'hasOwnProperty'];
    const mapped = mapColumns(names, {}, personSchema);
    expect(mapped).toMatchObject({ ok: true, map: { columns: [{ name: 'email' }] } });
    expect(mapped.ok && mapped.warnings.map(({ message }) => message)).toEqual(
      names.slice(1).map((name) => `unknown_column: column "${name}" is ignored`),
    );
  });

  it.each([
    'ann@example.com',
    '+49 30 1234',
    '12 Main St.',
    '漢字',
    'x'.repeat(65),
    "O'Hara",
    'a\nb',
  ])('that do not look like a name, as %s, are named by position', (name) => {
    const mapped = mapColumns(['email', name], {}, personSchema);
    expect(mapped.ok && mapped.warnings[0]!.message).toBe('unknown_column: column 2 is ignored');
    expect(problem(['email', name, name]).message).toContain('column 3 is in the header twice');
  });
});

describe('two columns', () => {
  it('of one name are duplicate_column; several without a name are not', () => {
    expect(problem(['email', 'role', 'role'])).toMatchObject({
      code: 'duplicate_column',
      line: 1,
      message: expect.stringContaining('"role"') as string,
    });
    expect(targets(['email', '', ''])).toEqual({ email: 'traits.email' });
  });

  it.each<[string, Record<string, string>]>([
    ['to one trait', { nick: 'traits.first_name' }],
    ['to the password', { initial_password: 'password', nick: 'password' }],
    ['to one metadata path', { first_name: 'metadata_public.a', nick: 'metadata_public.a' }],
    ['one inside the other', { first_name: 'metadata_public.a', nick: 'metadata_public.a.b' }],
    ['one around the other', { first_name: 'metadata_public.a.b', nick: 'metadata_public.a' }],
  ])('%s are duplicate_column and both are named', (_what, overrides) => {
    const { code, message } = problem(
      ['email', 'first_name', 'initial_password', 'nick'],
      overrides,
    );
    expect(code).toBe('duplicate_column');
    expect(message).toContain('"nick"');
  });

  it('to places whose names only begin alike are fine', () => {
    expect(
      targets(['email', 'a', 'b'], { a: 'metadata_public.x', b: 'metadata_public.xy' }),
    ).toMatchObject({ a: 'metadata_public.x', b: 'metadata_public.xy' });
  });
});

describe('a column without a place', () => {
  it('in the schema is unmapped_trait, with every such column and the way out', () => {
    const { code, message } = problem(
      ['email', 'role', 'nick'],
      { nick: 'traits.nick.name' },
      schemaOf({}),
    );
    expect(code).toBe('unmapped_trait');
    expect(message).toContain('"role" (traits.role), "nick" (traits.nick.name)');
    expect(message).toContain(
      '"columns": {"role":"metadata_public.role","nick":"metadata_public.nick"}',
    );
  });

  it('for the address is missing_email_column', () => {
    expect(problem(['first_name']).code).toBe('missing_email_column');
    expect(problem(['email'], { email: 'metadata_public.email' }).code).toBe(
      'missing_email_column',
    );
    expect(problem(['Email']).code).toBe('missing_email_column');
  });
});

describe('a target', () => {
  it.each([
    'traits.__proto__',
    'metadata_public.toString.x',
    'metadata_public.hasOwnProperty',
    'traits.a.__proto__.b',
    'metadata_public.constructor',
    'metadata_public.a.prototype',
    'metadata_admin..a',
    'traits.',
    'metadata_admin.csv_import',
    'metadata_admin.csv_import.actor',
    'metadata_admin',
    'traits',
    'Traits.email',
    'credentials.password',
    '__proto__',
    'toString',
    '',
  ])('may not be "%s"', (text) => {
    expect(parseTarget(text)).toBeTypeOf('string');
    const [problemText] = targetProblems({ nick: text });
    expect(problemText).toMatch(/^columns\.nick: ".*" (is|has) .*\.$/);
  });

  it.each([
    'traits.email',
    'traits.name.first',
    'metadata_public.csv_import',
    'metadata_admin.old.csv_import',
    'external_id',
    'state',
    'password',
    'password_hash',
    'ignore',
  ])('may be %s', (text) => {
    expect(describeTarget(parseTarget(text) as Parameters<typeof describeTarget>[0])).toBe(text);
    expect(targetProblems({ nick: text })).toEqual([]);
  });

  it('for a column that the file does not have is found', () => {
    expect(absentColumns(['email', 'role'], { Role: 'ignore', role: 'ignore' })).toEqual(['Role']);
  });
});
