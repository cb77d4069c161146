import { describe, expect, it } from 'vitest';
import { WARNING_CODES } from '../../../src/contract/codes.js';
import { planFixture } from '../../support/fixtures.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import type { Given } from '../../support/planned-run.js';

const PERSON = { last_name: {}, role: {}, tenant_id: {} };

/** People may sign in with a user name alone. */
const WITHOUT_ADDRESSES: Given = {
  kratos: new KratosInMemory({
    schemas: [schemaOf({ username: USERNAME_TRAIT }, { required: [] })],
  }),
  input: { columns: { username: 'traits.username' } },
};

const CASES: { fixture: string; given?: Given; code: string; messages: string[] }[] = [
  {
    fixture: 'crlf-line-endings',
    code: 'crlf_line_endings',
    messages: ['crlf_line_endings: lines end in CRLF, which is taken as LF'],
  },
  {
    fixture: 'byte-order-mark',
    code: 'byte_order_mark',
    messages: ['byte_order_mark: the file begins with a byte order mark, which is ignored'],
  },
  {
    fixture: 'unknown-column',
    code: 'unknown_column',
    messages: [
      'unknown_column: column "department" is ignored',
      'unknown_column: column 3 is ignored',
      'unknown_column: column 4 is ignored',
      'unknown_column: column 5 is ignored',
    ],
  },
  {
    fixture: 'tenants-not-checked',
    given: { tenants: undefined },
    code: 'tenants_not_checked',
    messages: [
      'tenants_not_checked: tenants are taken as they are, the worker knows none (TENANTS); rows that name one: 2',
    ],
  },
  {
    fixture: 'recipe-six-columns',
    given: {
      kratos: new KratosInMemory({
        schemas: [schemaOf({ ...PERSON, first_name: { pattern: '^\\p{Letter}' } })],
      }),
    },
    code: 'rule_not_checked',
    messages: [
      'rule_not_checked: Kratos alone checks the patterns of the identity schema at /properties/traits/properties/first_name/pattern, and may refuse rows that pass here; name classes of characters by their short names, such as \\p{L}.',
    ],
  },
  {
    fixture: 'unsupported-password-hash',
    given: { input: { onUnsupportedHash: 'invite' } },
    code: 'unsupported_password_hash',
    messages: [
      'unsupported_password_hash: column "password_hash": password hashes that Kratos cannot check; their users are invited to choose a password, or get the migration hook, as onUnsupportedHash says: 2 rows (lines 3, 4)',
    ],
  },
  {
    fixture: 'weak-password',
    code: 'weak_password',
    messages: [
      'weak_password: column "initial_password": passwords shorter than 8 characters: 2 rows (lines 2, 4)',
    ],
  },
  {
    fixture: 'quoted-newlines',
    code: 'line_break',
    messages: [
      'line_break: column "first_name": values of several lines; a double quote that is closed too late takes whole rows into a value: 2 rows (lines 2, 4)',
    ],
  },
  {
    fixture: 'null-literal',
    code: 'null_literal',
    messages: [
      'null_literal: column "last_name": words for no value, such as NULL, which are taken as they are and change no existing user; "csv": {"nothing":["NULL"]} reads them as empty: 2 rows (lines 2, 4)',
    ],
  },
  {
    fixture: 'blanks-around',
    code: 'blanks_around',
    messages: [
      'blanks_around: column "first_name": blanks before or behind the value, which are kept: 1 row (line 2)',
      'blanks_around: column "initial_password": blanks before or behind the value, which are kept: 1 row (line 3)',
    ],
  },
  {
    fixture: 'invisible-character',
    code: 'invisible_character',
    messages: [
      'invisible_character: column "first_name": characters that nobody can see or type, which are kept: 1 row (line 2)',
      'invisible_character: column "initial_password": characters that nobody can see or type, which are kept: 1 row (line 3)',
    ],
  },
  {
    fixture: 'look-alike-character',
    code: 'look_alike_character',
    messages: [
      'look_alike_character: column "email": characters that look like others, such as curly apostrophes, letters in parts or of another script: 2 rows (lines 3, 4)',
    ],
  },
  {
    fixture: 'replacement-character',
    code: 'replacement_character',
    messages: [
      'replacement_character: column "first_name": U+FFFD, which stands for a character that was lost when the file was made: 1 row (line 3)',
      'replacement_character: column "last_name": U+FFFD, which stands for a character that was lost when the file was made: 1 row (line 3)',
    ],
  },
  {
    fixture: 'mojibake',
    code: 'mojibake',
    messages: [
      'mojibake: column "first_name": characters such as Ã©, which UTF-8 becomes when it is read as another encoding; export the file anew: 1 row (line 3)',
      'mojibake: column "last_name": characters such as Ã©, which UTF-8 becomes when it is read as another encoding; export the file anew: 1 row (line 3)',
    ],
  },
  {
    fixture: 'spreadsheet-number',
    code: 'spreadsheet_number',
    messages: [
      'spreadsheet_number: column "last_name": numbers as spreadsheets show them, such as 4.9E+11, most likely without their last digits, which change no existing user: 2 rows (lines 2, 3)',
    ],
  },
  {
    fixture: 'lost-zeros',
    code: 'lost_zeros',
    messages: [
      'lost_zeros: column "last_name": numbers that are shorter than others with zeros in front, and may have lost theirs: 2 rows (lines 2, 4)',
    ],
  },
  {
    fixture: 'blank-rows',
    code: 'blank_rows',
    messages: ['blank_rows: rows without any value are left out: 4 rows (lines 2, 4, 5, 6)'],
  },
  {
    fixture: 'left-out-rows',
    given: { input: { columns: { deleted_at: 'leave_out' } } },
    code: 'left_out_rows',
    messages: [
      'left_out_rows: rows of users who are deleted where they come from, as columns mapped to leave_out say, are left out: 2 rows (lines 3, 6)',
    ],
  },
  {
    fixture: 'short-row',
    given: { input: { csv: { shortRows: 'as-empty' } } },
    code: 'short_row',
    messages: [
      'short_row: column "last_name": rows that end before it, whose missing cells are taken as empty: 1 row (line 3)',
      'short_row: column "tenant_id": rows that end before it, whose missing cells are taken as empty: 1 row (line 2)',
    ],
  },
  {
    fixture: 'extra-cells',
    given: { input: { csv: { shortRows: 'as-empty' } } },
    code: 'extra_cells',
    messages: [
      'extra_cells: column "initial_password": rows with empty cells after it, which are left out: 2 rows (lines 2, 3)',
    ],
  },
  {
    fixture: 'leading-apostrophe',
    code: 'leading_apostrophe',
    messages: [
      'leading_apostrophe: column "email": values that begin with an apostrophe, which becomes part of them: 1 row (line 3)',
      'leading_apostrophe: column "first_name": values that begin with an apostrophe, which becomes part of them: 1 row (line 2)',
    ],
  },
  {
    fixture: 'backslash-escape',
    code: 'backslash_escape',
    messages: [
      'backslash_escape: column "last_name": values with \\\\, or that end in \\, as MySQL and PostgreSQL export them unless told otherwise: 1 row (line 3)',
      'backslash_escape: column "initial_password": values with \\\\, or that end in \\, as MySQL and PostgreSQL export them unless told otherwise: 1 row (line 2)',
    ],
  },
  {
    fixture: 'unknown-provider',
    given: {
      kratos: new KratosInMemory({ providers: ['google'] }),
      input: {
        columns: { google: 'sign_in.google', github: 'sign_in.github' },
        allow: ['unknown-provider'],
      },
    },
    code: 'unknown_provider',
    messages: [
      'unknown_provider: column "github": sign-ins of a provider that the login page of Kratos does not have, which let nobody in before it has: 1 row (line 3)',
    ],
  },
  {
    fixture: 'unknown-provider',
    given: { input: { columns: { google: 'sign_in.google', github: 'ignore' } } },
    code: 'providers_not_checked',
    messages: [
      'providers_not_checked: sign-ins are taken as they are, since the login page of Kratos cannot be read (KRATOS_PUBLIC_URL); those of a provider that it does not have let nobody in.',
    ],
  },
  {
    fixture: 'password-migration-hook',
    given: { input: { columns: { hook: 'password_migration_hook' } } },
    code: 'password_migration_hook',
    messages: [
      'password_migration_hook: users who sign in with their old password only where Kratos asks a hook for it (selfservice.methods.password.config.migrate_hook: {"enabled":true,"config":{"url":…,"method":"POST","auth":…}}); rows: 2',
    ],
  },
  {
    fixture: 'no-address',
    given: WITHOUT_ADDRESSES,
    code: 'no_address',
    messages: [
      'no_address: column "username": users without an address, who are known by it: 2 rows (lines 3, 4)',
    ],
  },
  {
    fixture: 'no-way-in',
    given: WITHOUT_ADDRESSES,
    code: 'no_way_in',
    messages: [
      'no_address: column "username": users without an address, who are known by it: 1 row (line 3)',
      'no_way_in: column "username": users with neither an address nor a password, who get no invitation and cannot sign in until an admin gives them one of the two: 1 row (line 3)',
    ],
  },
  {
    fixture: 'nothing-to-verify',
    given: { input: { columns: { checked: 'phone_verified' } } },
    code: 'nothing_to_verify',
    messages: [
      'nothing_to_verify: phone_verified changes nothing, since the identity schema does not mark any phone number for verification',
    ],
  },
];

describe('warnings', () => {
  it.each(CASES)('$fixture is taken with $code', async ({ fixture, given, messages }) => {
    const { findings } = await planFixture(fixture, given);
    expect(findings.warnings.map(({ message }) => message)).toEqual(messages);
    expect(findings.invalid).toBe(0);
  });

  it('have a file each here', () => {
    expect(CASES.map(({ code }) => code).toSorted()).toEqual(WARNING_CODES.toSorted());
  });

  it('are none for a file that has nothing to warn of', async () => {
    const { findings } = await planFixture('recipe-six-columns');
    expect(findings).toEqual({
      // As `sha256sum test/fixtures/recipe-six-columns.csv` says.
      sha256: '6dc2f80e849ce144a2a9b53ef9cbe5f74b98e72e604ae6e3e0673c42184798a6',
      csv: {
        encoding: 'utf-8',
        byteOrderMark: false,
        ascii: true,
        separator: 'comma',
        separatorFrom: 'header',
        headerLine: 1,
        gzip: false,
        apostrophesRemoved: false,
      },
      rows: 3,
      invalid: 0,
      chunks: 1,
      canaryChunks: 0,
      codes: {},
      roles: { admin: 1, user: 2 },
      tenants: { distinct: 2, rows: { t1: 2, t2: 1 } },
      warnings: [],
    });
  });

  it('do not mention tenants when no row has one', async () => {
    const { findings } = await planFixture('quoted-newlines', { tenants: undefined });
    expect(findings.warnings.map(({ code }) => code)).toEqual(['line_break']);
  });

  it('mention CRLF in a file that mixes line endings, but not a CRLF inside a cell', async () => {
    const codes = async (name: string) =>
      (await planFixture(name)).findings.warnings.map(({ code }) => code);
    expect(await codes('mixed-line-endings')).toContain('crlf_line_endings');
    expect(await codes('quoted-newlines')).toEqual(['line_break']);
  });
});
