import { describe, expect, it } from 'vitest';
import { ROW_CODES } from '../../../src/contract/codes.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { planFixture } from '../../support/fixtures.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

/** An age that is no text, beside the person's traits. */
const withAge: Given = {
  kratos: new KratosInMemory({
    schemas: [
      schemaOf({
        role: { type: 'string' },
        tenant_id: { type: 'string' },
        age: { type: 'integer', minimum: 0 },
      }),
    ],
  }),
  input: { columns: { age: 'traits.age' } },
};

/** A user name, and a phone to sign in with by SMS, beside the address. */
const withIdentifiers: Given = {
  kratos: new KratosInMemory({
    schemas: [schemaOf({ username: USERNAME_TRAIT, phone: PHONE_TRAIT, role: { type: 'string' } })],
  }),
  input: { columns: { username: 'traits.username', phone: 'traits.phone' } },
};

/** Accounts elsewhere at the one provider that Kratos has, and at another one. */
const withSignIns: Given = {
  kratos: new KratosInMemory({ providers: ['google'] }),
  input: {
    columns: {
      ...{ google: 'sign_in.google', github: 'sign_in.github' },
      ...{ hook: 'password_migration_hook', password: 'password' },
    },
  },
};

/** An address that the schema marks for nothing, beside a user name. */
const withPlainAddress: Given = {
  kratos: new KratosInMemory({
    schemas: [
      schemaOf({
        email: { type: 'string', format: 'email' },
        username: USERNAME_TRAIT,
        role: { type: 'string' },
      }),
    ],
  }),
  input: { columns: { username: 'traits.username' } },
};

interface Case {
  fixture: string;
  given?: Given;
  /** Codes by line, as rejects.csv will show them. */
  rejected: Record<number, string[]>;
}

const CASES: Case[] = [
  { fixture: 'missing-email', rejected: { 3: ['missing_email'], 4: ['missing_email'] } },
  {
    fixture: 'invalid-email',
    rejected: Object.fromEntries(
      [3, 4, 5, 6, 7, 8, 9, 10].map((line) => [line, ['invalid_email']]),
    ),
  },
  { fixture: 'invalid-role', rejected: { 3: ['invalid_role'], 4: ['invalid_role'] } },
  { fixture: 'unknown-tenant', rejected: { 3: ['unknown_tenant'] } },
  {
    fixture: 'duplicate-email',
    rejected: {
      2: ['invalid_role'],
      4: ['duplicate_email'],
      5: ['duplicate_email'],
      6: ['duplicate_email'],
    },
  },
  {
    fixture: 'duplicate-identifier',
    given: withIdentifiers,
    rejected: {
      2: ['invalid_role'],
      4: ['duplicate_identifier'],
      5: ['duplicate_identifier'],
      6: ['duplicate_identifier'],
      7: ['duplicate_identifier'],
      8: ['duplicate_identifier'],
      9: ['duplicate_email', 'duplicate_identifier'],
    },
  },
  { fixture: 'duplicate-old-id', rejected: { 2: ['invalid_role'], 5: ['duplicate_old_id'] } },
  {
    fixture: 'no-identifier',
    given: withPlainAddress,
    rejected: { 3: ['no_identifier'], 4: ['no_identifier'] },
  },
  {
    fixture: 'schema-violation',
    given: withAge,
    rejected: { 3: ['schema_violation'], 4: ['schema_violation'], 5: ['schema_violation'] },
  },
  { fixture: 'nul-character', rejected: { 3: ['schema_violation'] } },
  {
    fixture: 'password-too-long',
    rejected: { 3: ['password_too_long'], 4: ['password_too_long'] },
  },
  {
    fixture: 'invalid-password-hash',
    rejected: {
      3: ['invalid_password_hash'],
      4: ['invalid_password_hash'],
      5: ['invalid_password_hash'],
    },
  },
  {
    fixture: 'wrong-column-count',
    rejected: {
      3: ['wrong_column_count'],
      4: ['wrong_column_count'],
    },
  },
  {
    fixture: 'value-too-long',
    rejected: { 3: ['value_too_long'], 4: ['value_too_long', 'invalid_email'] },
  },
  { fixture: 'invalid-state', rejected: { 5: ['invalid_state'], 6: ['invalid_state'] } },
  {
    fixture: 'invalid-action',
    rejected: { 5: ['invalid_action'], 6: ['invalid_action'], 7: ['invalid_action'] },
  },
  {
    // Users of a source may be told to leave.
    fixture: 'invalid-action',
    given: { input: { mode: 'update', missing: { scope: 'hr' } } },
    rejected: { 5: ['invalid_action'] },
  },
  {
    fixture: 'invalid-verified',
    given: { input: { columns: { verified: 'email_verified' } } },
    rejected: { 5: ['invalid_verified'], 6: ['invalid_verified'] },
  },
  {
    fixture: 'null-literal-as-password',
    rejected: { 3: ['null_literal'], 4: ['null_literal'], 5: ['null_literal'] },
  },
  {
    fixture: 'unsupported-password-hash',
    rejected: { 3: ['unsupported_password_hash'], 4: ['unsupported_password_hash'] },
  },
  {
    fixture: 'hash-as-password',
    rejected: { 3: ['hash_as_password'], 4: ['hash_as_password'] },
  },
  {
    fixture: 'invisible-character-in-address',
    rejected: { 3: ['invisible_character'], 4: ['invisible_character'] },
  },
  { fixture: 'replacement-character-in-address', rejected: { 3: ['replacement_character'] } },
  {
    fixture: 'every-code-that-applies',
    given: withAge,
    rejected: {
      3: [
        'wrong_column_count',
        'password_too_long',
        'invalid_password_hash',
        'invalid_state',
        'value_too_long',
        'invalid_role',
        'unknown_tenant',
        'schema_violation',
        'duplicate_email',
      ],
      4: [
        'password_too_long',
        'invalid_password_hash',
        'invalid_state',
        'value_too_long',
        'invalid_email',
        'invalid_role',
        'unknown_tenant',
        'schema_violation',
        'duplicate_identifier',
      ],
    },
  },
  {
    fixture: 'sign-ins',
    given: withSignIns,
    rejected: {
      3: ['duplicate_identifier'],
      4: ['unknown_provider'],
      5: ['invalid_credential'],
      6: ['null_literal'],
      7: ['invalid_credential'],
      8: ['invalid_credential'],
    },
  },
  {
    fixture: 'sign-ins-too-long',
    given: { input: { columns: { google: 'sign_in.google' } } },
    rejected: { 3: ['value_too_long'] },
  },
];

describe('validating the rows of a file', () => {
  it.each(CASES)('refuses exactly the rows of $fixture that are wrong', async (given) => {
    const run = await planFixture(given.fixture, given.given);
    const rejected = await run.rejected();
    expect(rejected.map(({ line, codes }) => [line, codes.toSorted()])).toEqual(
      Object.entries(given.rejected).map(([line, codes]) => [Number(line), codes.toSorted()]),
    );
    expect(run.findings.invalid).toBe(rejected.length);
  });

  it('finds every row code in one of these files', () => {
    const found = CASES.flatMap(({ rejected }) => Object.values(rejected).flat());
    // No file is known on which this program fails.
    expect(new Set([...found, 'program_fault'])).toEqual(new Set(ROW_CODES));
  });

  it('counts each code with the lines that have it', async () => {
    const { findings } = await planFixture('duplicate-email');
    expect(findings.codes).toEqual({
      invalid_role: { count: 1, lines: [2] },
      duplicate_email: { count: 3, lines: [4, 5, 6] },
    });
  });

  it('names no more than the first 20 lines of a code, and counts all', async () => {
    const { findings } = await PlannedRun.of(`email\n${'nobody\n'.repeat(50)}`);
    expect(findings.codes.invalid_email).toEqual({
      count: 50,
      lines: Array.from({ length: 20 }, (_, i) => i + 2),
    });
  });

  it('names the line that has an address already, valid or not', async () => {
    const run = await planFixture('duplicate-email');
    const reasons = (await run.rejected()).map(({ line, reason }) => [line, reason]);
    expect(reasons.slice(1)).toEqual([
      [4, 'line 2 has the same address'],
      [5, 'line 2 has the same address'],
      [6, 'line 3 has the same address'],
    ]);
  });

  it('names what of a row an earlier one has, and the line that has it', async () => {
    const run = await planFixture('duplicate-identifier', withIdentifiers);
    const reasons = (await run.rejected()).map(({ line, reason }) => [line, reason]);
    expect(reasons.slice(1)).toEqual([
      [4, 'the trait username is an identifier of line 2'],
      [5, 'the trait phone is an identifier of line 2'],
      [6, 'the external_id is an identifier of line 3'],
      [7, 'the trait username is the address of line 3'],
      [8, 'line 3 has the address as another identifier'],
      [
        9,
        'line 2 has the same address; the trait username is an identifier of line 2; the trait phone is an identifier of line 2; the external_id is an identifier of line 3',
      ],
    ]);
  });

  it('names the trait and the rule that it breaks', async () => {
    const run = await planFixture('schema-violation', withAge);
    expect((await run.rejected()).map(({ reason }) => reason)).toEqual([
      'the trait age must be integer',
      'the trait age must be integer',
      'the trait age must be >= 0',
    ]);
  });

  it('counts valid rows by role, those without one apart', async () => {
    const { findings } = await planFixture('invalid-role');
    expect(findings.roles).toEqual({ admin: 1 });
    const { findings: without } = await planFixture('quoted-newlines');
    expect(without.roles).toEqual({ '(none)': 3 });
  });
});
