import { describe, expect, it } from 'vitest';
import { describeTarget, parseTarget, targetProblems } from '../../../src/identity/columns.js';
import { mapColumns, type MapOptions } from '../../../src/identity/map-columns.js';
import { mappingProblems } from '../../../src/identity/mapping-problems.js';
import { EMAIL_TRAIT, personSchema, schemaOf } from '../../support/identity-schemas.js';

/** Header name to target, as a file with this header is mapped. */
function targets(names: string[], overrides: Record<string, string> = {}, schema = personSchema) {
  const mapped = mapColumns(names, overrides, schema);
  if (!mapped.ok) throw new Error(mapped.problem.message);
  return Object.fromEntries(
    mapped.map.columns.map(({ name, target }) => [name, describeTarget(target)]),
  );
}

function problem(
  names: string[],
  overrides: Record<string, string> = {},
  schema = personSchema,
  options: MapOptions = {},
) {
  const mapped = mapColumns(names, overrides, schema, options);
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

  it('go to the target that a header is the name of', () => {
    const names = ['email', 'traits.first_name', 'metadata_public.plan', 'metadata_admin.a.b'];
    expect(targets([...names, 'External_Id '.trim()])).toEqual({
      email: 'traits.email',
      'traits.first_name': 'traits.first_name',
      'metadata_public.plan': 'metadata_public.plan',
      'metadata_admin.a.b': 'metadata_admin.a.b',
      External_Id: 'external_id',
    });
  });

  it('go nowhere by a name that holds hashes as often as passwords, or that no column may have', () => {
    const names = [
      'password',
      'ignore',
      'metadata_admin.csv_import',
      'traits.__proto__',
      'traits.',
    ];
    expect(targets(['email', ...names])).toEqual({ email: 'traits.email' });
  });

  it('called like a trait that the schema lacks are told', () => {
    expect(problem(['email', 'traits.shoe_size'])).toMatchObject({
      code: 'unmapped_trait',
      message: expect.stringContaining('"traits.shoe_size" (traits.shoe_size)') as string,
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
    expect(problem([name]).message).toContain('The header has column 1.');
  });

  it('are all named to whoever has the file before them', () => {
    const mapped = mapColumns(['email', 'Prénom (usuel)'], {}, personSchema, { showsNames: true });
    expect(mapped.ok && mapped.warnings[0]!.message).toBe(
      'unknown_column: column "Prénom (usuel)" is ignored',
    );
    const { message } = problem(['Prénom (usuel)'], {}, personSchema, { showsNames: true });
    expect(message).toContain('The header has column "Prénom (usuel)".');
  });

  it.each([
    ['EMAIL', 'First_Name'],
    ['\ufeffEmail', 'first_name\u00a0'],
    ['e\u200bmail', '\u00adfirst_name\u2060'],
  ])('are known without case, blanks around them and invisible characters (%j)', (...names) => {
    expect(Object.values(targets(names))).toEqual(['traits.email', 'traits.first_name']);
    const schema = schemaOf({ nick: { type: 'string' } });
    const sent = { ' Nick\u200b': 'traits.nick', email: 'traits.email' };
    expect(Object.values(targets([names[0], 'NICK'], sent, schema))).toEqual([
      'traits.email',
      'traits.nick',
    ]);
  });

  it('of which one is named letter for letter are not taken for another', () => {
    const sent = { Role: 'ignore' };
    expect(targets(['email', 'Role', 'role'], sent)).toEqual({
      email: 'traits.email',
      role: 'traits.role',
    });
    expect(mappingProblems(['email', 'Role', 'role'], mapping({ columns: sent }))).toEqual([]);
  });

  it.each([
    ['First Name', 'first_name', 'traits.first_name'],
    ['givenName', 'first_name', 'traits.first_name'],
    ['Last Name [Required]', 'last_name', 'traits.last_name'],
    ['fist_name', 'first_name', 'traits.first_name'],
    ['tenantid', 'tenant_id', 'traits.tenant_id'],
    ['password_digest', 'password_hash', 'password_hash'],
    ['Password', 'initial_password', 'password'],
  ])('that are ignored, as %s, are told with what they come near to', (name, known, target) => {
    const mapped = mapColumns(['email', name], {}, personSchema);
    expect(mapped.ok && mapped.warnings.map(({ message }) => message)).toEqual([
      `unknown_column: column "${name}" is ignored. If it is ${known}: "columns": {"${name}":"${target}"}`,
    ]);
  });

  it('that are ignored are not told to go where another column goes', () => {
    const mapped = mapColumns(['email', 'mail', 'first_name', 'First Name'], {}, personSchema);
    expect(mapped.ok && mapped.warnings.map(({ message }) => message)).toEqual([
      'unknown_column: column "mail" is ignored',
      'unknown_column: column "First Name" is ignored',
    ]);
  });

  it('that are words of their own are not taken for others: a user name is no surname', () => {
    const names = ['email', 'username', 'user_name', 'login', 'user_id'];
    const mapped = mapColumns(names, {}, personSchema);
    expect(mapped.ok && mapped.warnings.map(({ message }) => message)).toEqual(
      names.slice(1).map((name) => `unknown_column: column "${name}" is ignored`),
    );
  });

  it('that come near to a trait of the schema are told its place', () => {
    const schema = schemaOf({
      name: { type: 'object', properties: { first: { type: 'string' }, last: {} } },
      phone: { type: 'string' },
    });
    const mapped = mapColumns(['email', 'First Name', 'surname', 'Phone'], {}, schema);
    expect(mapped.ok && mapped.warnings.map(({ message }) => message.split(': ').at(-1))).toEqual([
      '{"First Name":"traits.name.first"}',
      '{"surname":"traits.name.last"}',
      '{"Phone":"traits.phone"}',
    ]);
  });
});

describe('two columns', () => {
  it('of one name are duplicate_column when they are imported', () => {
    expect(problem(['email', 'role', 'role'])).toEqual({
      code: 'duplicate_column',
      line: 1,
      message:
        'duplicate_column: the columns 2 and 3 are both called "role"; rename or remove one.',
    });
    expect(problem(['email', 'Role', 'role']).message).toContain('"columns": {"role":"ignore"}');
  });

  it('of one name that are ignored are none of an import’s business', () => {
    const mapped = mapColumns(['email', 'Notes', 'Notes', '', ''], {}, personSchema);
    expect(mapped).toMatchObject({ ok: true, map: { columns: [{ name: 'email' }] } });
    expect(targets(['email', 'role', 'role'], { role: 'ignore' })).toEqual({
      email: 'traits.email',
    });
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
  });

  it.each([
    [['first_name', 'E-Mail'], 'If "E-Mail" is it: "columns": {"E-Mail":"traits.email"}.'],
    [
      ['name', 'verified_email_addresses', 'new_email'],
      'If "new_email" is it: "columns": {"new_email":"traits.email"}.',
    ],
    [
      ['Email Address [Required]'],
      'If "Email Address [Required]" is it: "columns": {"Email Address [Required]":"traits.email"}.',
    ],
    [['first_name'], 'map it: "columns": {"<its name>":"traits.email"}.'],
  ])('for the address names the columns that there are, and what to do (%j)', (names, way) => {
    const { message } = problem(names);
    expect(message).toContain(': no column holds the address. The header has column ');
    expect(message.endsWith(way)).toBe(true);
  });

  it('for the address names no text that may be one of a person', () => {
    // Each but the last is near to a name that is known, or looks like one.
    const { message } = problem(['Emil', 'Roel', 'Spring-Snow-5', '', 'first_name']);
    expect(message).toBe(
      'missing_email_column: no column holds the address. The header has column 1, column 2, column 3, column 4, column "first_name". Name it email in the header, or map it: "columns": {"<its name>":"traits.email"}.',
    );
    const shown = problem(['Emil', 'Doe'], {}, personSchema, { showsNames: true });
    expect(shown.message).toContain('has column "Emil", column "Doe". If "Emil" is it:');
  });

  it.each(['Email (e.g. ann@example.com)', `Email [${'x'.repeat(60)}]`, 'Email (\u202e)'])(
    'names no hint that may be anything (%s)',
    (name) => {
      expect(problem([name]).message).toContain('The header has column 1. Name it email');
      const { message } = problem([name], {}, personSchema, { showsNames: true });
      expect(message.endsWith(`"columns": ${JSON.stringify({ [name]: 'traits.email' })}.`)).toBe(
        true,
      );
      const mapped = mapColumns(
        ['first_name', name, 'mail'],
        { mail: 'email', first_name: 'ignore' },
        personSchema,
      );
      expect(mapped.ok && mapped.warnings.map(({ message: text }) => text)).toEqual([
        'unknown_column: column 2 is ignored',
      ]);
    },
  );

  it('is told the trait that it comes near to', () => {
    const schema = schemaOf({ name: { type: 'object', properties: { first: {}, last: {} } } });
    const { message } = problem(['email', 'first_name', 'last_name', 'role'], {}, schema);
    expect(message).toContain('It has traits.email, traits.name.first, traits.name.last.');
    expect(message).toContain(
      '"columns": {"first_name":"traits.name.first","last_name":"traits.name.last","role":"metadata_public.role"}',
    );
  });
});

const mapping = (keys: Partial<Parameters<typeof mappingProblems>[1]>) => ({
  columns: {},
  values: {},
  defaults: {},
  ...keys,
});

describe('defaults', () => {
  it('are columns that the file lacks, by their name or target', () => {
    const mapped = mapColumns(['email'], { kind: 'metadata_admin.kind' }, personSchema, {
      defaults: { Role: 'user', 'traits.tenant_id': 't1', kind: 'bulk' },
    });
    expect(mapped).toMatchObject({
      ok: true,
      warnings: [],
      map: {
        width: 1,
        columns: [
          { name: 'email', index: 0 },
          { index: 1, constant: 'user', rule: 'role', target: { path: ['role'] } },
          { index: 2, constant: 't1', rule: 'tenant', target: { path: ['tenant_id'] } },
          { index: 3, constant: 'bulk', target: { to: 'metadata_admin', path: ['kind'] } },
        ],
      },
    });
  });

  it('go nowhere that a column goes', () => {
    const options = { defaults: { 'traits.role': 'user' } };
    const { code, message } = problem(['email', 'role'], {}, personSchema, options);
    expect(code).toBe('duplicate_column');
    expect(message).toContain('the column "role" and the default "traits.role" go to one place');
    expect(message).toContain('"columns": {"role":"ignore"}');
  });

  it.each<[Record<string, string>, string]>([
    [{ role: 'user' }, 'defaults: "role" is a column of the file'],
    [{ note: 'x' }, 'defaults: "note" is neither a target nor a default column'],
    [{ initial_password: 'x' }, 'defaults: "initial_password" cannot be the same for every user'],
    [{ password_hash: 'x' }, 'cannot be the same'],
    [{ external_id: 'x' }, 'cannot be the same'],
    [{ 'traits.email': 'x' }, 'cannot be the same'],
    [{ 'metadata_admin.csv_import': 'x' }, 'is neither a target'],
  ])('%j are refused', (defaults, message) => {
    const problems = mappingProblems(['mail', 'Role'], mapping({ defaults }));
    expect(problems).toEqual([expect.stringContaining(message)]);
  });
});

describe('values', () => {
  it('belong to the column that they name', () => {
    const values = { ROLE: { administrator: 'admin' } };
    const mapped = mapColumns(['email', 'role'], {}, personSchema, { values });
    expect(mapped.ok && mapped.map.columns[1]!.values).toEqual({ administrator: 'admin' });
  });

  it('are refused for passwords, which an input would keep, and for columns that are not there', () => {
    const values = { Initial_Password: { a: 'b' }, secret: { a: 'b' }, rol: {} };
    const columns = { secret: 'password_hash' };
    const names = ['email', 'role', 'initial_password', 'secret'];
    expect(mappingProblems(names, mapping({ values, columns }))).toEqual([
      'values: "rol": the file\'s header has no such column; did you mean "role"?',
      expect.stringContaining('"initial_password" holds passwords'),
      expect.stringContaining('"secret" holds passwords'),
    ]);
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

  it.each([
    ['email', 'traits.email'],
    ['First_Name', 'traits.first_name'],
    ['initial_password', 'password'],
  ])('may be the default column %s', (text, target) => {
    expect(describeTarget(parseTarget(text) as Parameters<typeof describeTarget>[0])).toBe(target);
  });

  it('that names a trait alone is told how a trait is written', () => {
    expect(targetProblems({ Dept: 'department' })[0]).toMatch(
      / For a trait of that name write "traits\.department"\.$/,
    );
  });

  it('for a column that the file does not have is refused', () => {
    const columns = { 'E-Mail': 'traits.email', role: 'ignore', shoes: 'ignore' };
    expect(mappingProblems(['e-mails', 'ROLE'], mapping({ columns }))).toEqual([
      'columns: "E-Mail": the file\'s header has no such column; did you mean "e-mails"?',
      'columns: "shoes": the file\'s header has no such column; correct the input or the header.',
    ]);
  });

  it('is given once for a column, however its name is spelled', () => {
    const columns = { Role: 'ignore', ROLE: 'traits.role' };
    expect(mappingProblems(['email', 'role'], mapping({ columns }))).toEqual([
      'columns: "Role" and "ROLE" are one column of the file; keep one.',
    ]);
  });
});
