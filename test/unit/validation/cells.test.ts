/** What a cell means, before the schema is asked. */
import { describe, expect, it } from 'vitest';
import type { RowRules } from '../../../src/validation/checked-row.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { mapOf } from '../../support/candidates.js';
import { EMAIL_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { PlannedRun } from '../../support/planned-run.js';

const text = { type: 'string' };
const SCHEMA = schemaOf({
  first_name: text,
  role: text,
  tenant_id: text,
  username: USERNAME_TRAIT,
  plan: { type: 'string', enum: ['none', 'gold'] },
  birthdate: { type: 'string', format: 'date' },
  name: { type: 'object', properties: { last: text, first: text }, required: ['last'] },
});
const COLUMNS = {
  username: 'traits.username',
  plan: 'traits.plan',
  birthdate: 'traits.birthdate',
  last: 'traits.name.last',
  first: 'traits.name.first',
  note: 'metadata_public.note',
};

/** Checks one row, its cells by column. */
function check(cells: Record<string, string>, rules: Partial<RowRules> = {}) {
  const all = { email: 'ann@example.com', ...cells };
  const columns = Object.fromEntries(Object.entries(COLUMNS).filter(([name]) => name in all));
  const map = mapOf(Object.keys(all), columns, SCHEMA);
  const roles = ['admin', 'user', 'none'];
  const { importRow, problems, notes } = createRowCheck({ map, schema: SCHEMA, roles, ...rules })(
    Object.values(all),
  );
  return {
    importRow,
    problems: problems.map(({ code, reason }) => `${code}: ${reason}`),
    codes: problems.map(({ code }) => code),
    notes: notes.map(({ code }) => code),
  };
}

describe('blanks around a cell', () => {
  it.each([
    ['email', ' ann@example.com '],
    ['username', '\u00a0ann'],
    ['role', ' user'],
    ['tenant_id', 't1 '],
    ['plan', ' gold'],
    ['birthdate', ' 1990-01-31'],
    ['state', 'active '],
    ['external_id', ' e-1'],
    ['password_hash', ` {SSHA}qwuvOT7Bs/s2Bq03CnosAPYyrCKqJGBHUjJYzg== `],
  ])('of %s are dropped', (column, cell) => {
    const padded = check({ [column]: cell }, { tenants: ['t1'] });
    expect(padded).toEqual(check({ [column]: cell.trim() }, { tenants: ['t1'] }));
    expect([padded.problems, padded.notes]).toEqual([[], []]);
  });

  it.each(['first_name', 'note', 'initial_password'])('of %s are kept, with a note', (column) => {
    const { importRow, notes } = check({ [column]: ' correct-horse-7' });
    expect(JSON.stringify(importRow)).toContain('" correct-horse-7"');
    expect(notes).toEqual(['blanks_around']);
  });

  it.each(['first_name', 'note', 'initial_password', 'role', 'external_id'])(
    'alone make %s empty',
    (column) => {
      expect(check({ [column]: ' \t\u00a0\u3000' })).toEqual(check({ [column]: '' }));
    },
  );
});

describe('a word for no value', () => {
  it('is a value where the worker or the schema lists it', () => {
    const listed = check({ role: 'none', plan: 'none', tenant_id: 'NA' }, { tenants: ['NA'] });
    expect([listed.problems, listed.notes]).toEqual([[], []]);
    expect(listed.importRow.traits).toMatchObject({ role: 'none', plan: 'none', tenant_id: 'NA' });
    expect(listed.importRow.keepsExisting).toBeUndefined();
  });

  it('is taken as it is, with a note, where any text will do', () => {
    const { importRow, notes } = check({ first_name: 'NULL', note: 'n/a', username: 'None' });
    expect(importRow.traits).toMatchObject({ first_name: 'NULL', username: 'None' });
    expect(notes).toEqual(['null_literal', 'null_literal', 'null_literal']);
  });

  it.each([
    'NULL',
    ' null ',
    '\\N',
    '#N/A',
    '-',
    '********',
    '••••••••',
    '!',
    '!!',
    'x',
    '*LK*',
    '[redacted]',
  ])('is no password: %s', (password) => {
    const { importRow, codes } = check({ initial_password: password });
    expect(codes).toEqual(['null_literal']);
    expect(importRow.password).toBeUndefined();
  });

  it('is read as empty where it is named, letter for letter, in every column', () => {
    const nothing = ['NULL'];
    const row = (cell: string) => ({
      ...{ first_name: cell, role: cell, tenant_id: cell, plan: cell, state: cell, note: cell },
      ...{ external_id: cell, initial_password: cell, password_hash: cell, birthdate: cell },
    });
    expect(check(row(' NULL '), { nothing })).toEqual(check(row(''), { nothing }));
    expect(check({ first_name: 'null' }, { nothing }).notes).toEqual(['null_literal']);
    expect(check({ email: 'NULL' }, { nothing }).codes).toContain('missing_email');
  });
});

it('reads what is nothing before what stands for other values, which are no words for nothing', async () => {
  const run = await PlannedRun.of(
    'email,last_name\nann@example.com,Null\nben@example.com,NULL\ncy@example.com,none\n',
    {
      input: {
        values: { last_name: { Null: 'Null', '': 'unknown' } },
        csv: { nothing: ['NULL'] },
      },
    },
  );
  const checkRow = createRowCheck(run.plan);
  const rows = (await run.rowsByChunk()).flat().map(({ cells }) => checkRow(cells));
  expect(rows.map(({ importRow }) => importRow.traits['last_name'])).toEqual([
    ...['Null', 'unknown', 'none'],
  ]);
  expect(rows.map(({ notes }) => notes.length)).toEqual([0, 0, 1]);
});

describe('the cell that clears', () => {
  const rules = { clear: '(clear)', tenants: ['t1'] };

  it('gives a new user nothing', () => {
    const cells = ['first_name', 'role', 'tenant_id', 'plan', 'username', 'note', 'external_id'];
    const clearing = Object.fromEntries(cells.map((column) => [column, ' (clear) ']));
    const { importRow, problems, notes } = check(clearing, rules);
    expect([problems, notes]).toEqual([[], []]);
    expect(importRow.traits).toEqual({ email: 'ann@example.com' });
    expect(importRow).toMatchObject({ metadataPublic: {}, cleared: [1, 2, 3, 4, 5, 6, 7] });
    expect(importRow.externalId).toBeUndefined();
  });

  it.each([
    ['email', 'invalid_email: the address cannot be cleared'],
    ['state', 'invalid_state: the state cannot be cleared'],
    ['initial_password', 'null_literal: a password cannot be cleared'],
    ['password_hash', 'invalid_password_hash: a password hash cannot be cleared'],
    ['last', 'schema_violation: the trait name.last is required, so that it cannot be cleared'],
  ])('cannot clear %s', (column, problem) => {
    const { importRow, problems } = check({ [column]: '(clear)' }, rules);
    expect(problems).toEqual([problem]);
    expect([importRow.cleared, importRow.password]).toEqual([undefined, undefined]);
  });

  it('is a text like any other where no cell is to clear', () => {
    expect(check({ first_name: '(clear)' }).importRow.traits).toHaveProperty('first_name');
  });
});

describe('a password that looks like a hash', () => {
  const cells = { initial_password: '7e2dd427372852d33ab6f917d5eb9aec' };

  it('is refused, unless the import allows it', () => {
    expect(check(cells).problems).toEqual([
      'hash_as_password: the password looks like a hash, whose target is password_hash.md5',
    ]);
    const { importRow, problems } = check(cells, { allow: ['hash-as-password'] });
    expect(problems).toEqual([]);
    expect(importRow.password).toBe(cells.initial_password);
  });
});

describe('a character that nobody can see', () => {
  it.each(['email', 'username', 'role', 'tenant_id', 'external_id', 'state'])(
    'refuses the row in %s',
    (column) => {
      const { problems } = check({ [column]: 'a\u200bnn@example.com' });
      const place = column === 'email' ? 'column 1' : 'column 2';
      expect(problems).toContain(
        `invisible_character: ${place} holds U+200B as character 2, which nobody can see or type`,
      );
    },
  );

  it('refuses a lost character and a blank that is not typed as one, too', () => {
    expect(check({ username: 'M\ufffdller' }).codes).toEqual(['replacement_character']);
    expect(check({ username: 'ann\u00a0smith' }).codes).toEqual(['invisible_character']);
    expect(check({ username: 'ann smith' }).codes).toEqual([]);
  });

  it.each(['\t', '\n', '\r\n'])('is, in a field of a form, also %j', (blank) => {
    expect(check({ username: `ann${blank}smith` }).codes).toEqual(['invisible_character']);
    const password = check({ initial_password: `correct${blank}horse` });
    expect([password.problems, password.notes]).toEqual([[], ['invisible_character']]);
    const lines = blank === '\t' ? [] : ['line_break'];
    expect(check({ first_name: `Ann${blank}Marie` }).notes).toEqual(lines);
  });

  it('is a carriage return by itself, where another program ends a row', () => {
    for (const column of ['first_name', 'note', 'initial_password', 'username']) {
      expect(check({ [column]: 'Ann\rben@example.com' }).problems).toEqual([
        'schema_violation: column 2 holds the control character U+000D',
      ]);
    }
  });
  it.each(['ann\nsmith', 'ann\tsmith', 'ann\r\nsmith', 'ann\u2800'])(
    'is also one that no field takes: %j',
    (username) => {
      expect(check({ username }).codes).toEqual(['invisible_character']);
    },
  );

  it('is noted in names, metadata and passwords', () => {
    expect(check({ first_name: 'Ann\u00ad', note: '\u200bx' }).notes).toEqual([
      'invisible_character',
      'invisible_character',
    ]);
    expect(check({ initial_password: 'correct\u00a0horse-7' }).notes).toEqual([
      'invisible_character',
    ]);
    expect(check({ first_name: 'Ann\u00a0Lee' }).notes).toEqual([]);
    expect(check({ initial_password: 'correct\nhorse-7' }).notes).toEqual(['invisible_character']);
  });

  it.each(['Mu\u0308ller-123', 'don\u2019t tell me'])(
    'is not in the password %j, which has one that is typed in another form',
    (initial_password) => {
      const { importRow, notes } = check({ initial_password });
      expect(notes).toEqual(['look_alike_character']);
      expect(importRow.password).toBe(initial_password);
    },
  );
});

describe('an address in a cell of JSON', () => {
  const each = { allOf: [{ $ref: '#/definitions/address' }, { maxLength: 300 }] };
  const schema = schemaOf(
    { mails: { type: 'array', items: each }, tags: { type: ['array', 'object'] } },
    {},
    { definitions: { address: EMAIL_TRAIT } },
  );
  const read = (cells: Record<string, string>) => {
    const all = { email: 'ann@example.com', ...cells };
    const map = mapOf(Object.keys(all), { mails: 'traits.mails', tags: 'traits.tags' }, schema);
    const { importRow, problems, notes } = createRowCheck({ map, schema, roles: [] })(
      Object.values(all),
    );
    return { traits: importRow.traits, problems, notes };
  };

  it('is read as one in a column of its own', () => {
    const { traits, problems } = read({ mails: '[" Ann@b.co", "e\u0301va@b.co"]' });
    expect([traits['mails'], problems]).toEqual([['Ann@b.co', '\u00e9va@b.co'], []]);
  });

  it('refuses the row for a character that nobody can type, and for its length', () => {
    const codes = (mails: string[]) =>
      read({ mails: JSON.stringify(mails) }).problems.map(({ code }) => code);
    expect(codes(['ann@b.co', 'a\u200bnn@b.co'])).toEqual(['invisible_character']);
    expect(codes([`${'a'.repeat(256)}@b.co`])).toContain('value_too_long');
    expect(codes(Array.from({ length: 20 }, (_, i) => `user.number.${i}@example.com`))).toEqual([]);
  });

  it('is noted for a look-alike', () => {
    expect(read({ mails: '["\u0430nn@b.co"]' }).notes).toMatchObject([
      { code: 'look_alike_character', column: 1 },
    ]);
  });

  it.each(['["a\\u0000b"]', '["a\\ud800b"]', '{"a\\u0007":1}', '[["\\u202e"]]'])(
    'or another text that Kratos cannot store refuses the row: %s',
    (tags) => {
      expect(read({ tags }).problems).toEqual([
        {
          code: 'schema_violation',
          reason: 'the trait tags holds a control character or half of a character',
        },
      ]);
    },
  );
});

it('notes passwords of which a spreadsheet made numbers', () => {
  expect(check({ initial_password: '1.23457E+14' }).notes).toEqual(['spreadsheet_number']);
});

it('notes a lost character in a name, which no existing user gets', () => {
  const { importRow, notes } = check({ first_name: 'Zo\ufffd' });
  expect([notes, importRow.keepsExisting]).toEqual([['replacement_character'], [1]]);
});

describe('an apostrophe before a value', () => {
  it.each(['first_name', 'note', 'initial_password'])(
    'of %s is told where another one quotes it',
    (column) => {
      expect(check({ [column]: "'Anna Maria'" }).notes).toEqual(['leading_apostrophe']);
      expect(check({ [column]: "'t Hooft, Anna" }).notes).toEqual([]);
    },
  );
});

describe('what is told of cells', () => {
  it('is no more than fits into a history, however many columns have it', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
    const columns = Object.fromEntries(names.map((name) => [name, `metadata_public.${name}`]));
    const row = names.map(() => ' NULL\u200b').join();
    const { findings } = await PlannedRun.of(
      `email,${names.join()}\nann@example.com,${row}\nben@example.com,${names.map(() => 'NULL').join()}\n`,
      { input: { columns } },
    );
    expect(findings.warnings).toHaveLength(51);
    expect(findings.warnings.at(-1)!.message).toContain('550 more such warnings');
  });
});
