import { describe, expect, it } from 'vitest';
import { mapColumns } from '../../../src/identity/map-columns.js';
import { traitPaths, type IdentitySchema } from '../../../src/identity/schema.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { traitReader } from '../../../src/identity/trait-value.js';
import { EMAIL_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';

/** Checks one row: its cells by column, each column mapped to the trait of its name unless `columns` says otherwise. */
function check(
  schema: IdentitySchema,
  cells: Record<string, string>,
  columns: Record<string, string> = {},
) {
  const names = Object.keys(cells);
  const overrides = Object.fromEntries(
    names.map((name) => [name, columns[name] ?? `traits.${name}`]),
  );
  const mapped = mapColumns(names, overrides, schema);
  if (!mapped.ok) throw new Error(mapped.problem.message);
  const { importRow, problems } = createRowCheck({ map: mapped.map, schema, roles: ['user'] })(
    Object.values(cells),
  );
  return {
    traits: importRow.traits,
    importRow,
    problems: problems.map(({ code, reason }) => `${code}: ${reason}`),
  };
}

const ANN = { email: 'ann@example.com' };

describe('a cell', () => {
  it.each<[type: unknown, text: string, value: unknown]>([
    ['string', '007', '007'],
    ['string', 'true', 'true'],
    ['string', ' padded ', ' padded '],
    [undefined, '7', '7'],
    ['integer', '7', 7],
    ['integer', '-7', -7],
    ['integer', '-0', 0],
    ['integer', ' 7 ', 7],
    ['integer', '007', '007'],
    ['integer', '0x10', '0x10'],
    ['integer', '9007199254740993', '9007199254740993'],
    ['integer', 'seven', 'seven'],
    ['number', '1.50', 1.5],
    ['number', '1e3', 1000],
    ['number', '1,5', '1,5'],
    ['number', '12345678901234567.5', '12345678901234567.5'],
    ['number', '0.12345678901234567891', '0.12345678901234567891'],
    ['number', '0.1', 0.1],
    ['number', '0.00000010', 1e-7],
    ['number', '1e-400', '1e-400'],
    ['number', '-0.0', 0],
    ['integer', '100000000000000000000', 1e20],
    ['number', 'NaN', 'NaN'],
    ['number', 'Infinity', 'Infinity'],
    ['boolean', 'true', true],
    ['boolean', 'FALSE', false],
    ['boolean', ' Yes ', true],
    ['boolean', 't', true],
    ['boolean', 'on', true],
    ['boolean', '1', true],
    ['boolean', 'N', false],
    ['boolean', 'OFF', false],
    ['boolean', '0', false],
    ['boolean', 'ja', 'ja'],
    ['boolean', '2', '2'],
    [['boolean', 'string'], 'yes', 'yes'],
    ['array', '["a","b"]', ['a', 'b']],
    ['array', 'a;b', 'a;b'],
    ['object', '{"a":{"b":1}}', { a: { b: 1 } }],
    ['object', '{a:1}', '{a:1}'],
    ['array', '[9007199254740993]', '[9007199254740993]'],
    ['array', '[1e999]', '[1e999]'],
    ['array', '[1.00000000000000000001]', '[1.00000000000000000001]'],
    ['array', '[-0]', [0]],
    ['object', '{"a":"\\', '{"a":"\\'],
    ['array', '["9007199254740993", 1.5, -2e3]', ['9007199254740993', 1.5, -2000]],
    [['string', 'null'], '7', '7'],
    [['integer', 'null'], '7', 7],
    [['boolean', 'integer'], 'true', true],
    [['boolean', 'integer'], '1', 1],
    [['boolean', 'array'], '[1]', [1]],
    [['array', 'boolean'], 'true', true],
  ])('of type %j that says %j becomes %j', (type, text, value) => {
    expect(traitReader({ type })(text)).toEqual(value);
  });

  it.each([
    ['integer', 'seven', 'must be integer'],
    ['integer', '7.5', 'must be integer'],
    ['integer', '9007199254740993', 'must be integer'],
    ['number', '1e999', 'must be number'],
    ['boolean', 'ja', 'must be boolean'],
    ['array', 'a;b', 'must be array'],
    ['object', '[1]', 'must be object'],
  ])('of type %s that says %s breaks the schema', (type, text, rule) => {
    const { problems } = check(schemaOf({ extra: { type } }), { ...ANN, extra: text });
    expect(problems).toEqual([`schema_violation: the trait extra ${rule}`]);
  });

  it('that is empty gives no trait, whatever its type', () => {
    const { traits, problems } = check(
      schemaOf({ age: { type: 'integer' }, tags: { type: 'array' }, name: { type: 'string' } }),
      { ...ANN, age: '', tags: '', name: '' },
    );
    expect(traits).toEqual(ANN);
    expect(problems).toEqual([]);
  });
});

describe.each(['draft-04', 'draft-06', 'draft-07'])('a schema of %s', (draft) => {
  const root = { $schema: `http://json-schema.org/${draft}/schema#` };
  const positive =
    draft === 'draft-04' ? { minimum: 0, exclusiveMinimum: true } : { exclusiveMinimum: 0 };
  const schema = schemaOf({ age: { type: 'integer', ...positive } }, {}, root);

  it('takes rows that obey it', () => {
    const { traits, problems } = check(schema, { ...ANN, age: '1' });
    expect([traits, problems]).toEqual([{ ...ANN, age: 1 }, []]);
  });

  it('refuses rows that do not, by the draft’s own keywords', () => {
    expect(check(schema, { ...ANN, age: '0' }).problems).toEqual([
      'schema_violation: the trait age must be > 0',
    ]);
  });
});

describe('a schema', () => {
  it('that names no draft is taken as draft 7', () => {
    const schema = schemaOf({ plan: { const: 'free' } }, {}, { $schema: undefined });
    expect(check(schema, { ...ANN, plan: 'gold' }).problems).toEqual([
      'schema_violation: the trait plan must be "free"',
    ]);
  });

  it('that has keywords and formats that Kratos does not know lets them pass, as Kratos does', () => {
    const schema = schemaOf({ id: { type: 'string', format: 'uuid', 'x-order': 3 } });
    expect(check(schema, { ...ANN, id: 'no uuid' }).problems).toEqual([]);
  });

  it.each([
    ['date', '2026-02-30'],
    ['date-time', 'yesterday'],
    ['uri', 'no uri'],
    ['ipv4', '1.2.3'],
    ['hostname', '-x-'],
  ])('checks the format %s, as Kratos does', (format, text) => {
    const schema = schemaOf({ extra: { type: 'string', format } });
    expect(check(schema, { ...ANN, extra: text }).problems).toEqual([
      `schema_violation: the trait extra must match format "${format}"`,
    ]);
  });

  it('counts characters, not UTF-16 units', () => {
    const schema = schemaOf({ nick: { type: 'string', maxLength: 3 } });
    expect(check(schema, { ...ANN, nick: '😀😀😀' }).problems).toEqual([]);
    expect(check(schema, { ...ANN, nick: 'four' }).problems).toHaveLength(1);
  });

  it('may nest traits and refer to its own definitions', () => {
    const schema = schemaOf(
      { name: { $ref: '#/definitions/name' } },
      {},
      {
        definitions: {
          name: {
            type: 'object',
            properties: { first: { type: 'string' }, born: { $ref: '#/definitions/year' } },
            required: ['first'],
          },
          year: { type: 'integer' },
        },
      },
    );
    const columns = { first: 'traits.name.first', born: 'traits.name.born' };
    expect(check(schema, { ...ANN, first: 'Ann', born: '1990' }, columns).traits).toEqual({
      ...ANN,
      name: { first: 'Ann', born: 1990 },
    });
    expect(check(schema, { ...ANN, first: '', born: '1990' }, columns).problems).toEqual([
      'schema_violation: the trait name.first is required',
    ]);
  });

  it('may put traits behind allOf', () => {
    const age = { properties: { age: { type: 'integer', maximum: 150 } } };
    const schema = schemaOf({}, { additionalProperties: true, allOf: [age] });
    expect(check(schema, { ...ANN, age: '41' }).traits).toEqual({ ...ANN, age: 41 });
    expect(check(schema, { ...ANN, age: '151' }).problems).toHaveLength(1);
  });

  it('with required traits refuses rows that do not give them, all in one reason', () => {
    const schema = schemaOf(
      { first: { type: 'string' }, last: { type: 'string' } },
      { required: ['email', 'first', 'last'] },
    );
    expect(check(schema, { ...ANN, first: '', last: '' }).problems).toEqual([
      'schema_violation: the trait first is required; the trait last is required',
    ]);
  });
});

describe('a fault of the address', () => {
  const nested = schemaOf(
    {
      contact: { type: 'object', properties: { mail: EMAIL_TRAIT }, required: ['mail'] },
    },
    { required: ['contact'] },
  );
  const columns = { email: 'traits.contact.mail' };

  it.each([
    ['', 'missing_email: the row has no address'],
    ['nobody', 'invalid_email: the address is not an email address'],
  ])('%j is reported once, not again as a broken rule of the schema', (email, problem) => {
    expect(check(schemaOf({}), { email }).problems).toEqual([problem]);
    expect(check(nested, { email }, columns).problems).toEqual([problem]);
  });

  it('that only the schema has is reported as such', () => {
    const schema = schemaOf({ email: { ...EMAIL_TRAIT, pattern: '@corp\\.example$' } });
    const [problem] = check(schema, ANN).problems;
    expect(problem).toMatch(/^schema_violation: the trait email must match pattern/);
  });

  it('does not hide another fault of the schema', () => {
    const schema = schemaOf({ age: { type: 'integer' } });
    expect(check(schema, { email: '', age: 'old' }).problems).toEqual([
      'missing_email: the row has no address',
      'schema_violation: the trait age must be integer',
    ]);
  });
});

describe('traits that people sign in with', () => {
  it('are trimmed, as Kratos trims them, and held to the width of its column', () => {
    const schema = schemaOf({ username: USERNAME_TRAIT, nick: { type: 'string' } });
    const { traits } = check(schema, { ...ANN, username: ' ann ', nick: ' ann ' });
    expect(traits).toEqual({ ...ANN, username: 'ann', nick: ' ann ' });
    expect(
      check(schema, { ...ANN, username: '😀'.repeat(255), nick: 'x'.repeat(9999) }).problems,
    ).toEqual([]);
    expect(check(schema, { ...ANN, username: 'x'.repeat(256), nick: '' }).problems).toEqual([
      'value_too_long: the trait username has more than 255 characters',
    ]);
  });

  it('are read as keyboards write them, whatever the file has', () => {
    const schema = schemaOf({ username: USERNAME_TRAIT, nick: { type: 'string' } });
    const { traits } = check(schema, {
      email: 'zoe\u0301@x.org',
      username: 'zoe\u0301',
      nick: 'zoe\u0301',
    });
    expect(traits).toEqual({ email: 'zo\u00e9@x.org', username: 'zo\u00e9', nick: 'zoe\u0301' });
  });

  it('are not given when they are blank: Kratos breaks on an empty one', () => {
    const schema = schemaOf({ username: USERNAME_TRAIT });
    expect(check(schema, { ...ANN, username: ' \t ' }).traits).toEqual(ANN);
  });

  it('are found wherever the schema has them', () => {
    const schema = schemaOf(
      {
        username: { $ref: '#/definitions/username' },
        contact: { type: 'object', properties: { mail: EMAIL_TRAIT, city: { type: 'string' } } },
      },
      {},
      { definitions: { username: USERNAME_TRAIT } },
    );
    expect(traitPaths(schema, ({ identifier }) => identifier)).toEqual([
      ['email'],
      ['username'],
      ['contact', 'mail'],
    ]);
  });
});

describe('what is no trait', () => {
  it('goes to metadata as text, at its path', () => {
    const { importRow } = check(
      schemaOf({}),
      { ...ANN, a: '007', b: 'x', c: '' },
      { a: 'metadata_public.hr.number', b: 'metadata_admin.hr.note', c: 'metadata_admin.hr.c' },
    );
    expect([importRow.metadataPublic, importRow.metadataAdmin]).toEqual([
      { hr: { number: '007' } },
      { hr: { note: 'x' } },
    ]);
    expect({}).not.toHaveProperty('hr');
  });

  it('is kept as it is where it is a password', () => {
    const { importRow } = check(schemaOf({}), { ...ANN, pw: '  two words ' }, { pw: 'password' });
    expect(importRow.password).toBe('  two words ');
  });
});
