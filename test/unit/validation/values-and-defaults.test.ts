import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differencesOf } from '../../../src/identity/differences.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

/** The rows of a file as the import of a chunk reads them: from the plan on disk. */
async function rowsOf(file: string | Uint8Array, input: Record<string, unknown>, given?: Given) {
  const run = await PlannedRun.of(file, {
    ...given,
    input: { onInvalid: 'import-valid', ...input },
  });
  const check = createRowCheck(run.plan);
  const rows = (await run.rowsByChunk()).flat();
  return {
    run,
    rows: rows.map(({ cells }) => check(cells).importRow),
    rejected: await run.rejected(),
  };
}

const traitsOf = ({ rows }: Awaited<ReturnType<typeof rowsOf>>) => rows.map(({ traits }) => traits);

describe('values', () => {
  it('are read in the place of cells: letter for letter first, else as people see them', async () => {
    const read = await rowsOf(
      'email,Role\na@example.com,Administrator\nb@example.com,ADMINISTRATOR \nc@example.com,\nd@example.com,staff\ne@example.com,Staff\nf@example.com,user\n',
      { values: { role: { administrator: 'admin', '': 'user', staff: 'support', Staff: 'user' } } },
    );
    expect(traitsOf(read).map(({ role }) => role)).toEqual([
      'admin',
      'admin',
      'user',
      'support',
      'user',
      'user',
    ]);
    expect(read.run.findings.roles).toEqual({ admin: 2, user: 3, support: 1 });
  });

  it('that look alike and mean different things hold for their own letters alone', async () => {
    const { rejected } = await rowsOf('email,role\na@example.com,STAFF\n', {
      values: { role: { staff: 'support', Staff: 'user' } },
    });
    expect(rejected).toMatchObject([{ line: 2, codes: ['invalid_role'] }]);
  });

  it('are read after the cells that are told to be empty', async () => {
    const read = await rowsOf('email,role\na@example.com, NULL\n', {
      csv: { nothing: ['NULL'] },
      values: { role: { '': 'user', NULL: 'admin' } },
    });
    expect(traitsOf(read)).toMatchObject([{ role: 'user' }]);
  });

  it('make a cell empty, which then gives nothing', async () => {
    const read = await rowsOf('email,last_name\na@example.com,unknown\n', {
      values: { last_name: { unknown: '' } },
    });
    expect(traitsOf(read)).toEqual([{ email: 'a@example.com' }]);
  });

  it('are checked as a cell would be', async () => {
    const { rejected } = await rowsOf('email,role,state\na@example.com,x,CA\n', {
      values: { role: { x: 'owner' }, state: { ca: 'gone' } },
    });
    expect(rejected[0]!.codes).toEqual(['invalid_state', 'invalid_role']);
  });

  it('may say which words of another language are true', async () => {
    const schema = schemaOf({ consent: { type: 'boolean' } });
    const read = await rowsOf(
      'email,consent\na@example.com,ja\nb@example.com,nein\nc@example.com,TRUE\n',
      { columns: { consent: 'traits.consent' }, values: { consent: { ja: true, nein: false } } },
      { kratos: new KratosInMemory({ schemas: [schema] }) },
    );
    expect(traitsOf(read).map(({ consent }) => consent)).toEqual([true, false, true]);
  });
});

describe('a default', () => {
  it('is the value of every row, as if the file had the column', async () => {
    const read = await rowsOf('email\na@example.com\nb@example.com\n', {
      defaults: { role: 'user', state: 'inactive', 'metadata_admin.source': 'crm' },
    });
    expect(read.rows).toMatchObject(
      ['a', 'b'].map(() => ({
        traits: { role: 'user' },
        state: 'inactive',
        metadataAdmin: { source: 'crm' },
      })),
    );
    expect(read.run.findings.roles).toEqual({ user: 2 });
  });

  it('that no row may have is refused before a row is read', async () => {
    for (const [defaults, says] of [
      [{ role: 'boss' }, 'defaults: "role": the role must be one of admin, user, support'],
      [{ tenant_id: 'T1' }, "the tenant is not in the worker's list; did you mean t1?"],
      [{ state: 'on' }, 'the state is neither active nor inactive'],
      [{ first_name: '\u0007' }, 'defaults: got'],
    ] as const) {
      const started = rowsOf('email\na@example.com\n', { defaults }, { tenants: ['t1'] });
      await expect(started).rejects.toThrow(says);
    }
  });

  it('that breaks the schema is refused before a row is read', async () => {
    const level = { type: 'string', enum: ['low', 'high'] };
    const kratos = new KratosInMemory({
      schemas: [schemaOf({ level, nick: { type: 'string' } }, { required: ['email', 'nick'] })],
    });
    const started = rowsOf(
      'email\na@example.com\n',
      { defaults: { 'traits.level': 'mid' } },
      { kratos },
    );
    await expect(started).rejects.toThrow('defaults: "traits.level": the trait level must be');
  });

  it('that would clear values is refused', async () => {
    const input = { csv: { clear: '-' }, defaults: { role: '-' } };
    await expect(rowsOf('email\na@example.com\n', input)).rejects.toThrow('it would clear');
  });

  it('of what users sign in with is refused', async () => {
    const kratos = new KratosInMemory({ schemas: [schemaOf({ username: USERNAME_TRAIT })] });
    const defaults = { 'traits.username': 'ada' };
    const started = rowsOf('email\na@example.com\n', { defaults }, { kratos });
    await expect(started).rejects.toThrow('users sign in with it, so it is different for each');
  });

  it('changes nothing of an existing user who has a value there', async () => {
    const { run, rows } = await rowsOf('email\na@example.com\n', {
      mode: 'update',
      defaults: { role: 'user', 'metadata_public.plan.name': 'free' },
    });
    const changes = (metadata_public: unknown, role?: string) =>
      differencesOf(rows[0]!, run.plan.map, {
        traits: { email: 'a@example.com', ...(role && { role }) },
        metadata_public,
      }).map(({ path, after }) => [path, after]);
    expect(changes({ plan: { name: 'paid' } }, 'admin')).toEqual([]);
    expect(changes({ plan: 'paid' }, 'admin')).toEqual([]);
    expect(changes(null)).toEqual([
      ['/traits/role', 'user'],
      ['/metadata_public/plan/name', 'free'],
    ]);
  });
});

describe('a wrong role, tenant or state', () => {
  it('is told what is meant where only case, blanks or what is not seen differ', async () => {
    const { rejected } = await rowsOf(
      'email,role,tenant_id,state\na@example.com,Admin,T1,ACTIVE\nb@example.com,admn,t9,off\n',
      {},
      { tenants: ['t1', 't2'] },
    );
    expect(rejected.map(({ reason }) => reason)).toEqual([
      [
        'the state is neither active nor inactive; did you mean active?',
        'the role must be one of admin, user, support; did you mean admin?',
        "the tenant is not in the worker's list; did you mean t1?",
      ].join('; '),
      expect.not.stringContaining('did you mean'),
    ]);
  });
});

it('a value that is none of the schema’s is told what is meant by the same rule', async () => {
  const level = { type: 'string', enum: ['Low', 'High'] };
  const columns = { level: 'traits.level' };
  const kratos = new KratosInMemory({ schemas: [schemaOf({ level })] });
  const file = 'email,level\na@example.com,HIGH\nb@example.com,higher\n';
  const { rejected } = await rowsOf(file, { columns }, { kratos });
  expect(rejected.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^the trait level must be .*; did you mean High\?$/),
    expect.not.stringContaining('did you mean'),
  ]);
});

describe('an export', () => {
  const kase = (name: string) =>
    readFileSync(new URL(`../../fixtures/cases/15-exports/${name}.csv`, import.meta.url));

  it('with capital letters in its header is read, and what it loses is told', async () => {
    const { run, rows } = await rowsOf(kase('header-case'), {});
    expect(rows).toMatchObject([{ traits: { email: 'lars.hc@example.org', role: 'user' } }]);
    expect(run.findings.warnings.map(({ message }) => message)).toEqual([
      'unknown_column: column "First Name" is ignored. If it is first_name: "columns": {"First Name":"traits.first_name"}',
      'unknown_column: column "Last Name" is ignored. If it is last_name: "columns": {"Last Name":"traits.last_name"}',
    ]);
  });

  it('that repeats a header which is ignored is read', async () => {
    const { run, rows } = await rowsOf(kase('duplicate-header'), {});
    expect(run.findings.invalid).toBe(0);
    expect(rows).toMatchObject([{ traits: { email: 'mona.dh@example.org', first_name: 'Mona' } }]);
  });

  it('whose state is one of America says so, and is read once told', async () => {
    const { rejected } = await rowsOf(kase('us-state'), {});
    expect(rejected.map(({ codes }) => codes)).toEqual([['invalid_state'], ['invalid_state']]);
    const { rows } = await rowsOf(kase('us-state'), {
      columns: { state: 'metadata_public.state' },
    });
    expect(rows[0]).toMatchObject({ metadataPublic: { state: 'California' } });
  });

  it('with truth as spreadsheets write it gives the schema’s booleans', async () => {
    const schemas = [schemaOf({ mfa: { type: 'boolean' }, username: { type: 'string' } })];
    const read = await rowsOf(
      kase('cognito-no-commas'),
      { columns: { 'Cognito:Username': 'traits.username', 'cognito:mfa_enabled': 'traits.mfa' } },
      { kratos: new KratosInMemory({ schemas }) },
    );
    expect(traitsOf(read)).toMatchObject([
      { mfa: false, username: 'u-1' },
      { mfa: false, username: 'u-2' },
    ]);
  });
});
