/** Small files of kinds that went wrong for other people: test/fixtures/cases has a folder for each kind. */
import { describe, expect, it } from 'vitest';
import { describeCsv } from '../../../src/contract/dialect.js';
import { PlanCache } from '../../../src/validation/plan-cache.js';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, outcomes } from '../../support/chunk-attempts.js';
import { readInvalidRows } from '../../../src/report/row-stream.js';
import { fileProblem, fixture, planFixture } from '../../support/fixtures.js';
import { personSchema, schemaOf } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

const text = { type: 'string' };
const SCHEMA = schemaOf({
  first_name: text,
  last_name: text,
  role: text,
  tenant_id: text,
  mobile: text,
  employee_no: text,
  score: { type: 'number' },
});

function planCase(file: string, input: Record<string, unknown> = {}): Promise<PlannedRun> {
  return planFixture(`cases/${file}`, { kratos: new KratosInMemory({ schemas: [SCHEMA] }), input });
}

/** The codes of the refused rows by line. */
async function refusedIn(run: PlannedRun): Promise<Record<number, string[]>> {
  return Object.fromEntries((await run.rejected()).map(({ line, codes }) => [line, codes]));
}

/** Warnings as `code column: lines`. */
function warned({ findings }: PlannedRun): string[] {
  return findings.warnings.map(({ message }) =>
    message.replace(/^(\w+): column "(\w+)": .*\(lines? (.*)\)$/, '$1 $2: $3'),
  );
}

async function usersOf(file: string, input: Record<string, unknown> = {}): Promise<NewIdentity[]> {
  const run = await planCase(file, input);
  const kratos = new KratosInMemory({ schemas: [SCHEMA] });
  await attempt(run, kratos);
  return [...kratos.identities.values()];
}

describe('a blank after each comma', () => {
  it('is no part of addresses, roles, tenants and states, and is warned of elsewhere', async () => {
    const run = await planCase('05-spaced-commas/input');
    expect(await refusedIn(run)).toEqual({});
    expect(run.findings.roles).toEqual({ user: 1, admin: 1 });
    expect(warned(run)).toEqual([
      'blanks_around first_name: 2, 3',
      'blanks_around last_name: 2, 3',
    ]);
    const [pia] = await usersOf('05-spaced-commas/input');
    expect(pia).toMatchObject({ traits: { role: 'user', tenant_id: 't1' }, state: 'active' });
  });

  it('alone makes no name', async () => {
    const [, , tess] = await usersOf('05-spaced-commas/names-only');
    expect(tess!.traits).toEqual({ email: 'tess.space@example.org' });
  });

  it('stays in a password, and is warned of', async () => {
    const run = await planCase('05-spaced-commas/passwords');
    expect(warned(run)).toContain('blanks_around initial_password: 2, 3');
    const users = await usersOf('05-spaced-commas/passwords');
    expect(users.map(({ hashedPassword }) => hashedPassword)).toEqual([
      'hash of  Spring-Snow-5',
      'hash of  Spring-Snow-6\u00a0',
    ]);
  });

  it('does not make another tenant, while other letters do', async () => {
    expect(await refusedIn(await planCase('05-spaced-commas/tenants'))).toEqual({
      4: ['unknown_tenant'],
    });
  });

  it('before a quote stops the file', async () => {
    const problem = await fileProblem(planCase('05-spaced-commas/quoted'));
    expect(problem).toMatchObject({ code: 'malformed_quotes', line: 2 });
  });
});

const MOBILE = { columns: { mobile: 'traits.mobile' } };

describe('a word for no value', () => {
  it('is never a password, and is warned of elsewhere', async () => {
    const run = await planCase('08-null-literals/input', MOBILE);
    expect(await refusedIn(run)).toEqual(
      Object.fromEntries([2, 3, 4, 5, 6].map((line) => [line, ['null_literal']])),
    );
    expect(warned(run)).toEqual([
      'null_literal last_name: 2, 3, 4, 5, 6',
      'null_literal mobile: 2, 3, 4, 5, 6',
    ]);
  });

  it('is read as empty when it is named', async () => {
    const nothing = ['NULL', '\\N', 'null', 'N/A', '#N/A', 'None'];
    const csv = { nothing };
    const input = { ...MOBILE, csv };
    const run = await planCase('08-null-literals/input', input);
    expect([await refusedIn(run), warned(run)]).toEqual([{}, []]);
    const [hollis] = await usersOf('08-null-literals/input', input);
    expect(hollis!.traits).toEqual({ email: 'hol.null@example.org', first_name: 'Hollis' });
    expect(hollis!.metadataAdmin).toMatchObject({ csv_import: { invitation: {} } });
    expect(await refusedIn(await planCase('08-null-literals/role-tenant', { csv }))).toEqual({});
  });

  it('is no role, tenant, state or hash', async () => {
    expect(await refusedIn(await planCase('08-null-literals/role-tenant'))).toEqual({
      2: ['invalid_state', 'invalid_password_hash', 'invalid_role', 'unknown_tenant'],
    });
  });
});

describe('a hash in the column of passwords', () => {
  const columns = { password: 'password' };

  it('refuses the row, and names the column where it belongs', async () => {
    const run = await planCase('09-hash-as-password/input', { columns });
    expect(run.findings.codes.hash_as_password).toEqual({ count: 6, lines: [2, 3, 4, 5, 6, 7] });
    for (const { reason } of await run.rejected()) expect(reason).toContain('password_hash');
  });

  it('is a password when that is confirmed', async () => {
    const allow = ['hash-as-password'];
    const run = await planCase('09-hash-as-password/input', { columns, allow });
    expect(await refusedIn(run)).toEqual({});
  });
});

describe('a character that nobody can see', () => {
  it('refuses an address, and is told with its code point and place', async () => {
    const run = await planCase('10-invisible/input');
    const reasons = (await run.rejected()).map(({ line, codes, reason }) => [line, codes, reason]);
    const at = (line: number, point: string, place: number) => [
      line,
      ['invisible_character'],
      `column 1 holds ${point} as character ${place}, which nobody can see or type`,
    ];
    expect(reasons).toEqual([
      at(2, 'U+200B', 1),
      at(3, 'U+200B', 4),
      at(4, 'U+200B', 7),
      at(5, 'U+202A', 1),
      at(6, 'U+00AD', 4),
      at(7, 'U+2060', 1),
    ]);
    expect(warned(run)).toEqual(['look_alike_character email: 10, 12']);
  });

  it('in a header makes no other column', async () => {
    const [hex] = await usersOf('10-invisible/header');
    expect(hex!.traits).toEqual({ email: 'hex.zwh@example.org', first_name: 'Hex' });
  });

  it('is no blank at an end, and none within the host', async () => {
    expect(await refusedIn(await planCase('10-invisible/ends'))).toEqual({
      2: ['invisible_character', 'invalid_email'],
      3: ['invisible_character', 'invalid_email'],
      4: ['invisible_character', 'invalid_email'],
    });
  });

  it('is not suspected in an address of other plain characters', async () => {
    const run = await planCase('10-invisible/fine');
    expect([await refusedIn(run), warned(run)]).toEqual([{}, []]);
  });

  it('is not taken for what else makes an address none', async () => {
    expect(await refusedIn(await planCase('10-invisible/idn'))).toEqual(
      Object.fromEntries([2, 6, 7, 8, 9].map((line) => [line, ['invalid_email']])),
    );
  });
});

describe('numbers as a spreadsheet shows them', () => {
  const columns = {
    mobile: 'traits.mobile',
    employee_no: 'traits.employee_no',
    score: 'traits.score',
  };

  it('are warned of, and so are lost zeros', async () => {
    const run = await planCase('11-excel-numbers/input', { columns });
    expect(warned(run)).toEqual([
      'spreadsheet_number mobile: 2, 3',
      'spreadsheet_number employee_no: 2, 3',
      'lost_zeros employee_no: 4, 6',
    ]);
    expect(await refusedIn(run)).toEqual({ 3: ['schema_violation'] });
  });

  it('and as other programs write booleans, lists and dates: taken by the schema, or refused', async () => {
    const schema = schemaOf({
      active: { type: 'boolean' },
      groups: { type: 'array', items: text },
      birthdate: { type: 'string', format: 'date' },
    });
    const run = await planFixture('cases/11-excel-numbers/types', {
      kratos: new KratosInMemory({ schemas: [schema] }),
      input: {
        onInvalid: 'import-valid',
        columns: {
          active: 'traits.active',
          groups: 'traits.groups',
          birthdate: 'traits.birthdate',
        },
      },
    });
    expect((await run.rejected()).map(({ line, reason }) => [line, reason])).toEqual([
      [3, expect.stringMatching(/trait groups must be .*trait birthdate must/)],
      [4, expect.stringMatching(/trait groups must be .*trait birthdate must/)],
      [5, expect.stringMatching(/trait groups must be .*trait birthdate must/)],
      [6, expect.stringMatching(/^the trait birthdate must/)],
    ]);
    const kratos = new KratosInMemory({ schemas: [schema] });
    await attempt(run, kratos);
    expect([...kratos.identities.values()].map(({ traits }) => traits)).toEqual([
      { email: 'wyn.typ@example.org', active: true, groups: ['a', 'b'], birthdate: '1990-01-31' },
    ]);
  });

  it('in quotes that no other program understands stop the file', async () => {
    const problem = await fileProblem(planCase('11-excel-numbers/formula-text'));
    expect(problem).toMatchObject({ code: 'malformed_quotes', line: 2 });
  });
});

describe('users who exist', () => {
  it('lose nothing to a word for no value, nor to a number without its last digits', async () => {
    const input = { ...MOBILE, onInvalid: 'import-valid' };
    const whole = await planCase('18-existing-users/input', input);
    expect(await refusedIn(whole)).toMatchObject({ 4: ['duplicate_email'] });
    // Without the row that only invisible characters keep apart from it.
    const lines = fixture('cases/18-existing-users/input').toString().split('\n');
    const schemas = [SCHEMA];
    const run = await PlannedRun.of(lines.toSpliced(2, 1).join('\n'), {
      kratos: new KratosInMemory({ schemas }),
      input,
    });
    const kratos = new KratosInMemory({ schemas: [SCHEMA] });
    const user = identityOf({ email: 'real.ex@example.org', first_name: 'Real' });
    Object.assign(user.traits, { last_name: 'Person', mobile: '+491702345678' });
    const id = kratos.store(user);
    await attempt(run, kratos, { mode: 'update' });
    expect(await outcomes(run)).toMatchObject([{}, { line: 3, outcome: 'unchanged' }]);
    expect(kratos.identities.get(id)!.traits).toMatchObject({
      last_name: 'Person',
      mobile: '+491702345678',
    });
    expect(warned(run)).toEqual([
      'leading_apostrophe email: 2',
      'null_literal last_name: 3',
      'spreadsheet_number mobile: 3',
    ]);
  });
});

const PROJECT = {
  ...{
    signer_key: Buffer.alloc(64).toString('base64'),
    salt_separator: 'Bw==',
    rounds: '8',
    mem_cost: '14',
  },
};

describe('the export of another product', () => {
  const exported = (from: string, given: Given = {}) =>
    planFixture(`cases/15-exports/${from}`, {
      kratos: new KratosInMemory({ schemas: [personSchema] }),
      ...given,
      input: { from, ...given.input },
    });
  const people = async (run: PlannedRun) => {
    const kratos = new KratosInMemory({ schemas: [personSchema] });
    await attempt(run, kratos);
    return [...kratos.identities.values()];
  };
  const unused = (run: PlannedRun) =>
    run.findings.warnings.filter(({ code }) => code === 'unknown_column');

  it.each([...['okta', 'cognito', 'clerk', 'supabase', 'django', 'google-workspace'], 'moodle'])(
    'of %s is valid as it is, and all of its columns are known',
    async (from) => {
      const run = await exported(from);
      expect([await run.rejected(), unused(run)]).toEqual([[], []]);
      expect(run.findings.invalid).toBe(0);
    },
  );

  it('from Okta has its own states, and parts of addresses for none', async () => {
    const users = await people(await exported('okta'));
    expect(users.map(({ traits, state, metadataAdmin }) => [traits, state, metadataAdmin])).toEqual(
      [
        [
          { email: 'dee.ok@example.org', first_name: 'Dee', last_name: 'Oak' },
          'active',
          expect.objectContaining({ state: 'CA', zipCode: '94105' }),
        ],
        [expect.objectContaining({ first_name: 'Eli' }), 'inactive', expect.anything()],
      ],
    );
  });

  it('from Cognito has a comma with a backslash in a cell, also in its rejected rows', async () => {
    const users = await people(await exported('cognito'));
    expect(users[0]!.metadataAdmin).toMatchObject({ address: '1 Main St, Apt 2' });
    const lines = fixture('cases/15-exports/cognito').toString().replace('yas.cg@', 'yas.cg');
    const input = { from: 'cognito', onInvalid: 'import-valid' };
    const run = await PlannedRun.of(lines, { input });
    expect(await run.rejected()).toMatchObject([{ line: 2, codes: ['invalid_email'] }]);
    const rejects = [...(await readRejects(run))];
    expect(rejects).toEqual([expect.stringContaining('1 Main St\\, Apt 2,false,2,invalid_email,')]);
  });

  it('from Supabase has bans as times, of which only one that is to come blocks', async () => {
    const at = (text: string) =>
      fixture('cases/15-exports/supabase').toString().replace('2030-01-01 10:00:00+00', text);
    const states = async (text: string) => {
      const input = { from: 'supabase', onInvalid: 'import-valid' };
      const run = await PlannedRun.of(at(text), { input });
      const [, state] = (await people(run)).map((user) => user.state);
      return [state, (await run.rejected()).map(({ codes }) => codes)];
    };
    expect(await states('2999-01-01 10:00:00+00')).toEqual(['inactive', []]);
    expect(await states('2020-01-01 10:00:00+00')).toEqual(['active', []]);
    expect(await states('NULL')).toEqual(['active', []]);
    expect(await states('next week')).toEqual(['active', [['invalid_state']]]);
  });

  it.each(['firebase', 'keycloak'])('of %s has its hashes', async (from) => {
    const run = await exported(from, { projectParameters: { firebase: PROJECT } });
    expect([await run.rejected(), unused(run)]).toEqual([[], []]);
    const { checkRow } = await new PlanCache({ firebase: PROJECT }).get(run.folder);
    const scheme = {
      firebase: '$firescrypt$ln=14,r=8,p=1$',
      keycloak: '$pbkdf2-sha256$i=1000,l=64$',
    };
    for (const { cells } of (await run.rowsByChunk()).flat()) {
      const { passwordHash } = checkRow(cells).importRow;
      expect(passwordHash).toContain(scheme[from as keyof typeof scheme]);
    }
  });

  it('from WordPress has hashes that Kratos cannot check, whose users get a mail, or what is asked for', async () => {
    const invited = await exported('wordpress');
    const [warning] = invited.findings.warnings.filter(
      ({ code }) => code === 'unsupported_password_hash',
    );
    expect(warning?.message).toContain('2 rows (lines 2, 3)');
    expect(await people(invited)).toHaveLength(2);
    const run = await exported('wordpress', { input: { onUnsupportedHash: 'refuse' } });
    expect(await refusedIn(run)).toEqual({
      2: ['unsupported_password_hash'],
      3: ['unsupported_password_hash'],
    });
    const users = await people(
      await exported('wordpress', { input: { onUnsupportedHash: 'hook' } }),
    );
    expect(users.map(({ passwordHook, traits }) => [passwordHook, traits['role']])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('from Google Workspace has hashes and passwords in one column', async () => {
    const users = await people(await exported('google-workspace'));
    expect(users.map(({ hashedPassword }) => hashedPassword)).toEqual([
      expect.stringMatching(/^\$sha1\$pf=e1BBU1NXT1JEfQ==\$\$/),
      'hash of Spring-Snow-5',
    ]);
    const text = fixture('cases/15-exports/google-workspace').toString();
    const codes = async (password: string) => {
      const input = { from: 'google-workspace', onInvalid: 'import-valid' };
      const run = await PlannedRun.of(text.replace('Spring-Snow-5', password), { input });
      return (await run.rejected()).map((row) => row.codes);
    };
    expect(await codes('*'.repeat(4))).toEqual([]);
    expect(await codes('x'.repeat(73))).toEqual([['password_too_long']]);
    expect(await codes('$2y$10$qeleDSuDaeZO5fBsEqFReeWdlqaDnBDBzB16hFgsFnhN9qFBIihvm')).toEqual([
      ['hash_as_password'],
    ]);
  });

  it('from Django has nobody active who is not', async () => {
    const users = await people(await exported('django'));
    expect(users.map(({ state }) => state)).toEqual(['active', 'inactive']);
  });

  it('that fits nothing is refused, with what the header has and the nearest preset', async () => {
    const run = planFixture('cases/15-exports/okta', { input: { from: 'wordpress' } });
    await expect(run).rejects.toThrow(
      'is no export of WordPress ("wordpress"): its header has column "login", column "firstName"',
    );
    await expect(run).rejects.toThrow('It is nearer to "okta".');
    const headed = planFixture('cases/15-exports/okta', { input: { from: 'firebase' } });
    await expect(headed).rejects.toThrow('It is nearer to "okta".');
    const own = PlannedRun.of('kennung,vorname\nada@example.org,Ada\n', {
      input: { from: 'okta' },
    });
    await expect(own).rejects.toThrow('Leave it out, and say where each column goes.');
  });

  it('without a header may have been given one', async () => {
    const names = 'localId,email,emailVerified,passwordHash,salt,displayName';
    const run = await PlannedRun.of(`${names}\nfb1,ada@example.org,true,,,Ada\n`, {
      input: { from: 'firebase', columns: { passwordHash: 'ignore', salt: 'ignore' } },
    });
    expect(run.findings).toMatchObject({ rows: 1, invalid: 0, csv: { headerLine: 1 } });
  });

  it('keeps what it is read by in its plan', async () => {
    const { plan } = await exported('okta');
    expect(plan.from).toBe('okta');
    expect(describeCsv(plan.findings.csv)).toContain('header on line 1, by the preset okta');
  });
});

describe('a file like an export', () => {
  it.each(['header-case', 'duplicate-header', 'cognito-no-commas'])(
    '%s is valid as it is',
    async (name) => {
      const from = name.startsWith('cognito') ? { from: 'cognito' } : {};
      const run = await planCase(`15-exports/${name}`, from);
      expect(await refusedIn(run)).toEqual({});
    },
  );

  it('with states of a country names the way out', async () => {
    const run = await planCase('15-exports/us-state');
    expect(await refusedIn(run)).toEqual({ 2: ['invalid_state'], 3: ['invalid_state'] });
    const columns = { state: 'metadata_public.state' };
    expect(await refusedIn(await planCase('15-exports/us-state', { columns }))).toEqual({});
  });
});

async function readRejects({ folder, plan }: PlannedRun): Promise<string[]> {
  const rows = [];
  for await (const { reject } of readInvalidRows({ folder, plan })) rows.push(reject);
  return rows;
}
