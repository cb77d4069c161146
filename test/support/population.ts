/** A small file, the users that exist before it is imported, and the checks of all of them afterwards. */
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { NewIdentity } from '../../src/identity/identity.js';
import type { Mode } from '../../src/contract/import/input.js';
import type { RowOutcome } from '../../src/contract/import/outcomes.js';
import { isFrom } from '../../src/identity/origin.js';
import { KratosError } from '../../src/kratos/kratos.js';
import { identityOf, type Person } from './candidates.js';
import { outcomes } from './chunk-attempts.js';
import { personSchema, schemaOf, USERNAME_TRAIT } from './identity-schemas.js';
import { KratosInMemory } from './kratos-in-memory.js';
import { pathOf, PlannedRun, RUN } from './planned-run.js';

const ROWS = 12;
/** Rows whose user names are one for Kratos alone, where the file has user names: validation takes them for two. */
const TWINS = [1, 7];

const emailOf = (i: number) => `user${i}@example.com`;
const usernameOf = (i: number) =>
  TWINS.includes(i) ? ['twin', '\uff54win'][TWINS.indexOf(i)]! : i % 4 === 0 ? `name${i}` : '';
const roleOf = (i: number) => ['', 'user', 'admin'][i % 3]!;
const firstNameOf = (i: number) => (i % 4 < 2 ? 'New' : '');
const hasPassword = (i: number) => i % 5 !== 0;

/** The special case of a row, or `new`. */
type Kind = 'new' | 'there' | 'name taken' | 'refused' | 'poison';

export interface Population {
  /** The kind of each row. */
  kinds: Kind[];
  /** The fields of the users of the kind `there` before the import. */
  before: { role?: string | undefined; first_name?: string | undefined }[];
  rollsBackOnConflict: boolean;
}

const some = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

export const population: fc.Arbitrary<Population> = fc.record({
  kinds: fc.array(
    fc.constantFrom<Kind>('new', 'new', 'there', 'there', 'name taken', 'refused', 'poison'),
    { minLength: ROWS, maxLength: ROWS },
  ),
  before: fc.array(fc.record({ role: some('user', 'admin'), first_name: some('Old', 'New') }), {
    minLength: ROWS,
    maxLength: ROWS,
  }),
  rollsBackOnConflict: fc.boolean(),
});

/** The file, planned once for all imports of it; with user names, other users can be in a row's way. */
export async function planPopulation(withUserNames: boolean): Promise<PlannedRun> {
  const rows = Array.from({ length: ROWS }, (_, i) =>
    [
      emailOf(i),
      roleOf(i),
      firstNameOf(i),
      hasPassword(i) ? 'long enough' : '',
      ...(withUserNames ? [usernameOf(i)] : []),
    ].join(','),
  );
  const header = `email,role,first_name,initial_password${withUserNames ? ',username' : ''}`;
  const schema = schemaOf({
    username: USERNAME_TRAIT,
    role: { type: 'string' },
    first_name: { type: 'string' },
  });
  return PlannedRun.of(`${header}\n${rows.join('\n')}\n`, {
    kratos: new KratosInMemory({ schemas: [withUserNames ? schema : personSchema] }),
    input: { columns: withUserNames ? { username: 'traits.username' } : {} },
  });
}

/** Before any attempt: nothing on disk, and the existing users in Kratos. */
export async function begin(run: PlannedRun, given: Population): Promise<KratosInMemory> {
  await rm(pathOf(run.folder, run.folder.outcomesFolder), { recursive: true, force: true });

  const withUserNames = hasUserNames(run);
  const kindOf = ({ traits }: NewIdentity) =>
    kindOfRow(given, Number(/\d+/.exec(traits['email'] as string)), withUserNames);
  const kratos = new KratosInMemory({
    rollsBackOnConflict: given.rollsBackOnConflict,
    refuses: (identity) =>
      kindOf(identity) === 'refused' ? { status: 400, reason: 'r' } : undefined,
    poisonedBy: (identity) =>
      kindOf(identity) === 'poison'
        ? new KratosError('refused', 'Kratos answered 400', { status: 400 })
        : undefined,
  });
  for (let i = 0; i < ROWS; i++) {
    const kind = kindOfRow(given, i, withUserNames);
    if (kind === 'there') kratos.store(originalOf(given, i, withUserNames));
    if (kind === 'name taken') {
      kratos.store(identityOf({ email: `other-${i}@example.org`, username: usernameOf(i) }));
    }
  }
  return kratos;
}

function hasUserNames(run: PlannedRun): boolean {
  return run.plan.header.includes('username');
}

/** A name can be taken only where the row gives one; the twins take it from each other. */
function kindOfRow({ kinds }: Population, i: number, withUserNames: boolean): Kind | undefined {
  if (withUserNames && TWINS.includes(i)) return 'new';
  const kind = kinds[i];
  return kind === 'name taken' && !(withUserNames && usernameOf(i) !== '') ? 'new' : kind;
}

function originalOf({ before }: Population, i: number, withUserNames: boolean): NewIdentity {
  const { role, first_name } = before[i]!;
  const username = withUserNames ? usernameOf(i) : '';
  const person: Person = {
    email: emailOf(i).toUpperCase(),
    ...(role !== undefined && { role }),
    ...(first_name !== undefined && { first_name }),
    ...(username !== '' && { username }),
  };
  return { ...identityOf(person), hashedPassword: 'their own' };
}

/**
 * Compares the outcomes of the rows with the users that are stored now and were stored before.
 * @param mode absent when the attempts had different ones
 * @returns the kind and outcome of each row, by which a test can check that it has seen all of them
 */
export async function expectTruth(
  run: PlannedRun,
  kratos: KratosInMemory,
  given: Population,
  mode: Mode | undefined,
): Promise<string[]> {
  const withUserNames = hasUserNames(run);
  const addresses = [...kratos.identities.values()].map(({ traits }) =>
    (traits['email'] as string).toLowerCase(),
  );
  expect(new Set(addresses).size).toBe(addresses.length);

  const stored = await outcomes(run);
  expect(stored.map(({ line }) => line)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 2));
  for (const [i, outcome] of stored.entries()) {
    const kind = kindOfRow(given, i, withUserNames)!;
    const found = kratos.byEmail(emailOf(i));
    if (kind === 'there') {
      expectExisting(outcome, found!, originalOf(given, i, withUserNames), i, mode);
    } else if (kind !== 'new') {
      const codes = { 'name taken': 'identifier_conflict', refused: 'schema_violation' };
      expect(outcome).toMatchObject({
        outcome: 'failed',
        codes: [kind === 'poison' ? 'rejected' : codes[kind]],
      });
      expect(found).toBeUndefined();
    } else if (outcome.outcome === 'failed') {
      expect(withUserNames && TWINS.includes(i)).toBe(true);
      expect([outcome.codes, found]).toEqual([['identifier_conflict'], undefined]);
    } else {
      const [id, identity] = found!;
      expect(outcome).toMatchObject({
        outcome: 'created',
        identityId: id,
        invitation: hasPassword(i) ? 'none' : 'due',
      });
      expect(isFrom(identity.metadataAdmin, RUN)).toBe(true);
    }
  }
  if (withUserNames) {
    expect(TWINS.filter((i) => stored[i]!.outcome === 'created')).toHaveLength(1);
  }
  return stored.map(({ outcome }, i) => `${kindOfRow(given, i, withUserNames)}: ${outcome}`);
}

function expectExisting(
  outcome: RowOutcome,
  [id, now]: [string, NewIdentity],
  original: NewIdentity,
  i: number,
  mode: Mode | undefined,
): void {
  const traits: Record<string, unknown> = { role: roleOf(i), first_name: firstNameOf(i) };
  const changes = Object.entries(traits).flatMap(([name, after]) => {
    const before = original.traits[name];
    if (after === '' || before === after) return [];
    return [{ path: `/traits/${name}`, ...(before !== undefined && { before }), after }];
  });
  const { outcome: name } = outcome;
  expect([id, undefined]).toContain(outcome.identityId);
  if (mode === 'skip') expect(name).toBe('skipped');
  else if (mode === 'update') expect(name).toBe(changes.length > 0 ? 'updated' : 'unchanged');
  else expect(['updated', 'unchanged', 'skipped']).toContain(name);

  if (name !== 'updated') {
    expect(now).toEqual(original);
    expect(outcome.changes).toBeUndefined();
    return;
  }
  expect(outcome.changes).toEqual(changes);
  const given = Object.entries(traits).filter(([, value]) => value !== '');
  expect(now).toEqual({
    ...original,
    traits: { ...original.traits, ...Object.fromEntries(given) },
  });
}
