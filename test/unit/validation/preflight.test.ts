import { describe, expect, it } from 'vitest';
import { InputError, PreflightError } from '../../../src/contract/errors.js';
import { FileError } from '../../../src/csv/file-error.js';
import type { IdentitySchema } from '../../../src/identity/schema.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { personSchema, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

const FILE = 'email,role,tenant_id\nann@example.com,admin,t1\n';
const named = (...ids: string[]) => ids.map((id) => ({ ...personSchema, id }));

/** The error with which the import does not start. */
async function refusal(given: Given, file = FILE): Promise<Error> {
  const error: unknown = await PlannedRun.of(file, given).catch((thrown: unknown) => thrown);
  const isRefusal = [InputError, PreflightError, FileError].some((kind) => error instanceof kind);
  if (isRefusal) return error as Error;
  throw new Error(`no refusal, but ${String(error)}`);
}

describe('the identity schema', () => {
  const chosen = async (ids: string[], schemaId?: string) => {
    const kratos = new KratosInMemory({ schemas: named(...ids) });
    return (await PlannedRun.of(FILE, { kratos, input: { schemaId } })).plan.schema.id;
  };

  it('is the one asked for, else "default", else the only one', async () => {
    expect(await chosen(['a', 'default', 'b'], 'b')).toBe('b');
    expect(await chosen(['a', 'default', 'b'])).toBe('default');
    expect(await chosen(['a'])).toBe('a');
  });

  it('that is not there, or cannot be chosen, is a wrong input that lists what there is', async () => {
    const kratos = new KratosInMemory({ schemas: named('a', 'b') });
    for (const input of [{}, { schemaId: 'default' }, { schemaId: 'A' }]) {
      const error = await refusal({ kratos, input });
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(/^schemaId: got .*; allowed: one of "a", "b"\.$/);
    }
  });

  it('that cannot be compiled fails the start', async () => {
    const schemas = [schemaOf({ name: { type: 'no type' } })];
    const error = await refusal({ kratos: new KratosInMemory({ schemas }) });
    expect(error).toBeInstanceOf(PreflightError);
    expect(error.message).toContain('The identity schema "default" cannot be used');
  });
});

describe('the lists of an import', () => {
  it('narrow the worker’s', async () => {
    const { findings } = await PlannedRun.of(FILE, { input: { roles: ['user'], tenants: ['t2'] } });
    expect(Object.keys(findings.codes).toSorted()).toEqual(['invalid_role', 'unknown_tenant']);
  });

  it.each([
    [
      'roles',
      { roles: ['user', 'owner', 'root'] },
      'roles: got "owner", "root"; allowed: some of the worker\'s ROLES (admin, user, support).',
    ],
    [
      'tenants',
      { tenants: ['t9'] },
      'tenants: got "t9"; allowed: some of the worker\'s TENANTS (t1, t2).',
    ],
  ])('never widen them (%s)', async (_key, input, message) => {
    expect((await refusal({ input })).message).toBe(message);
  });

  it('of tenants are taken as they are when the worker knows none', async () => {
    const given = { tenants: undefined, input: { tenants: ['t9'] } };
    const { findings } = await PlannedRun.of(FILE, given);
    expect(findings.codes).toMatchObject({ unknown_tenant: { count: 1 } });
    expect(findings.warnings).toEqual([]);
  });
});

describe('the columns of an import', () => {
  it('with targets that are none are refused, all of them, before the file is opened', async () => {
    const columns = { a: 'traits.__proto__', b: 'metadata_admin.csv_import.x', c: 'nowhere' };
    const { message } = await refusal({ input: { columns, file: 'none.csv' } });
    for (const name of ['columns.a', 'columns.b', 'columns.c']) expect(message).toContain(name);
  });

  it('that the file does not have are refused', async () => {
    const { message } = await refusal({ input: { columns: { Rôle: 'ignore' } } });
    expect(message).toContain(
      '"Rôle": the file\'s header has no such column; did you mean "role"?',
    );
  });

  it('for external_id need a Kratos that has it; the message says where to put it else', async () => {
    const kratos = new KratosInMemory({ lacks: ['external_id'] });
    const error = await refusal({ kratos }, 'email,external_id\nann@example.com,1\n');
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain('"columns": {"external_id":"metadata_admin.external_id"}');
  });
});

describe('a plan', () => {
  it.each([
    [{}, 'import'],
    [{ mode: 'update', approval: 'required', canaryRows: 10 }, 'import'],
    [{ dryRun: 'file' }, 'none'],
    [{ dryRun: 'live' }, 'preview'],
  ])('of valid rows with %j is there to %s', async (input, use) => {
    expect((await PlannedRun.of(FILE, { input })).plan.use).toBe(use);
  });

  it.each([
    [{ onInvalid: 'stop' }, 'none'],
    [{ onInvalid: 'stop', dryRun: 'live' }, 'none'],
    [{ onInvalid: 'import-valid' }, 'import'],
    [{ onInvalid: 'import-valid', dryRun: 'file' }, 'none'],
    [{ onInvalid: 'import-valid', dryRun: 'live' }, 'preview'],
  ])('with an invalid row and %j is there to %s', async (input, use) => {
    expect((await PlannedRun.of(`${FILE}nobody,,\n`, { input })).plan.use).toBe(use);
  });

  describe('knows whether users can clash on nothing but their address', () => {
    const clashes = async (
      schemas: IdentitySchema[],
      columns = {},
      file = 'email\nann@example.com\n',
    ) =>
      (await PlannedRun.of(file, { kratos: new KratosInMemory({ schemas }), input: { columns } }))
        .plan.clashesOnKeyOnly;
    const email = schemaOf({});
    const username = schemaOf({ username: USERNAME_TRAIT });

    it('when the address is all that people sign in with, and there is no external id', async () => {
      expect(await clashes([email])).toBe(true);
      expect(await clashes([email], {}, 'email,external_id\nann@example.com,1\n')).toBe(false);
    });

    it('where a list may hold what is unique', async () => {
      const more = { type: 'array', items: USERNAME_TRAIT };
      expect(await clashes([schemaOf({ more })])).toBe(false);
    });

    it('where a schema has user names, also when only existing users have that schema', async () => {
      expect(await clashes([username])).toBe(false);
      expect(await clashes([email, { ...username, id: 'staff' }])).toBe(false);
    });
  });
});
