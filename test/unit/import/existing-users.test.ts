/** Users who were in Kratos when the file was validated are hints: they spare look-ups, and decide nothing. */
import { rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import type { Mode } from '../../../src/contract/import/input.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, outcomes } from '../../support/chunk-attempts.js';
import { personSchema, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { hintAt, ListedKratos } from '../../support/existing-user-hints.js';
import { pathOf, PlannedRun } from '../../support/planned-run.js';

const email = (n: number) => `user${n}@example.com`;
const lineOf = (n: number) => n + 2;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const MODES: Mode[] = ['skip', 'update'];

/** A file of one chunk, too short for its users to be listed when it is planned. */
function planned(rows: number, input = {}): Promise<PlannedRun> {
  const lines = numbers(rows).map((n) => `${email(n)},admin,long enough\n`);
  return PlannedRun.of(`email,role,initial_password\n${lines.join('')}`, {
    input: { chunkSize: 200, ...input },
  });
}

/** All users of the file are in Kratos; the hints say so. */
async function allExisting(rows: number, role: string, input = {}) {
  const run = await planned(rows, input);
  const kratos = new ListedKratos();
  const ids = new Map(
    numbers(rows).map((n) => [lineOf(n), kratos.store(identityOf({ email: email(n), role }))]),
  );
  await hintAt(run, ids);
  return { run, kratos, ids };
}

describe('a chunk whose users exist', () => {
  it('is skipped with one request for 50 of them', async () => {
    const { run, kratos, ids } = await allExisting(120, 'user');
    expect(await attempt(run, kratos)).toMatchObject({ skipped: 120 });
    expect(kratos.byIds).toEqual([50, 50, 20]);
    expect(kratos.requests).toEqual({
      createBatch: 0,
      storedIds: 0,
      findByIdentifier: 0,
      update: 0,
    });
    expect((await outcomes(run)).map(({ identityId }) => identityId)).toEqual([...ids.values()]);
  });

  it('is updated with one request for 50 of them, and one for each user who differs', async () => {
    const { run, kratos } = await allExisting(120, 'admin');
    for (const [, identity] of [...kratos.identities].slice(0, 7)) identity.traits['role'] = 'user';
    const counts = await attempt(run, kratos, { mode: 'update' });
    expect(counts).toMatchObject({ updated: 7, unchanged: 113 });
    expect(kratos.byIds).toEqual([50, 50, 20]);
    expect(kratos.requests).toEqual({
      createBatch: 0,
      storedIds: 0,
      findByIdentifier: 0,
      update: 7,
    });
  });

  it.each(MODES)('is previewed without a look-up in a live dry run in %s mode', async (mode) => {
    const { run, kratos } = await allExisting(60, 'admin', { dryRun: 'live' });
    const expected = mode === 'skip' ? { would_skip: 60 } : { unchanged: 60 };
    expect(await attempt(run, kratos, { mode })).toMatchObject(expected);
    expect(kratos.byIds).toEqual([60]);
    expect(kratos.requests.findByIdentifier).toBe(0);
  });

  it('hashes no password of these users', async () => {
    const { run, kratos } = await allExisting(10, 'user');
    const hash = () => Promise.reject(new Error('hashed'));
    expect(await attempt(run, kratos, { hash })).toMatchObject({ skipped: 10 });
  });

  it('creates new users at once, and looks none of them up in skip mode', async () => {
    const { run, kratos } = await allExisting(100, 'user');
    for (const [id, { traits }] of kratos.identities) {
      if (/[05]@/.test(traits['email'] as string)) kratos.identities.delete(id);
    }
    await hintAt(
      run,
      new Map(
        [...kratos.identities].map(([id, { traits }]) => [
          lineOf(Number(/\d+/.exec(traits['email'] as string)![0])),
          id,
        ]),
      ),
    );
    expect(await attempt(run, kratos)).toMatchObject({ skipped: 80, created: 20 });
    expect(kratos.byIds).toEqual([50, 30]);
    expect(kratos.requests).toMatchObject({ createBatch: 1, findByIdentifier: 0 });
  });
});

describe.each(MODES)('a hint that is wrong, in %s mode,', (mode) => {
  const there = mode === 'skip' ? 'skipped' : 'updated';

  it('does not keep a user who was deleted from being created', async () => {
    const { run, kratos, ids } = await allExisting(10, 'user');
    kratos.identities.delete(ids.get(5)!);
    expect(await attempt(run, kratos, { mode })).toMatchObject({ created: 1, [there]: 9 });
    expect((await outcomes(run))[3]).toMatchObject({ line: 5, outcome: 'created' });
    expect(kratos.byEmail(email(3))![0]).not.toBe(ids.get(5));
    expect(kratos.requests.findByIdentifier).toBe(1);
  });

  it('does not match a user whose address is another one now: the row’s user is created', async () => {
    const { run, kratos, ids } = await allExisting(10, 'user');
    const moved = identityOf({ email: 'moved@example.com', role: 'user' });
    kratos.identities.set(ids.get(5)!, moved);
    expect(await attempt(run, kratos, { mode })).toMatchObject({ created: 1, [there]: 9 });
    expect(kratos.identities.get(ids.get(5)!)).toEqual(moved);
  });

  it('does not hide the user who has the row’s address now', async () => {
    const { run, kratos, ids } = await allExisting(10, 'user');
    const moved = identityOf({ email: 'moved@example.com', role: 'user' });
    kratos.identities.set(ids.get(5)!, moved);
    const heir = kratos.store(identityOf({ email: email(3), role: 'user' }));
    expect(await attempt(run, kratos, { mode })).toMatchObject({ [there]: 10 });
    expect((await outcomes(run))[3]).toMatchObject({ outcome: there, identityId: heir });
    expect(kratos.identities.get(ids.get(5)!)).toEqual(moved);
  });
});

describe('whatever the hints say', () => {
  const ROWS = 12;
  const SCHEMA = schemaOf({ username: USERNAME_TRAIT, role: { type: 'string' } });
  const plannedWith = (withUserNames: boolean) => {
    const header = `email,role,initial_password${withUserNames ? ',username' : ''}`;
    const rows = numbers(ROWS).map((n) =>
      [
        email(n),
        ['', 'user', 'admin'][n % 3],
        n % 4 ? 'long enough' : '',
        ...(withUserNames ? [`name${n}`] : []),
      ].join(','),
    );
    return PlannedRun.of([header, ...rows, ''].join('\n'), {
      kratos: new ListedKratos({ schemas: [withUserNames ? SCHEMA : personSchema] }),
      input: withUserNames ? { columns: { username: 'traits.username' } } : {},
    });
  };

  type Hint = 'none' | 'right' | 'nobody' | 'stranger' | 'another row’s user';
  const row = fc.record({
    there: fc.constantFrom('yes', 'yes', 'no', 'name taken'),
    role: fc.constantFrom('user', 'admin'),
    isDue: fc.boolean(),
    hint: fc.constantFrom<Hint>(
      'none',
      'right',
      'right',
      'nobody',
      'stranger',
      'another row’s user',
    ),
    other: fc.nat({ max: ROWS - 1 }),
  });
  const population = fc.array(row, { minLength: ROWS, maxLength: ROWS });
  type Population = typeof population extends fc.Arbitrary<infer T> ? T : never;

  /** The users before the import, with ids that are the same each time. */
  function identitiesOf(rows: Population, withUserNames: boolean): [string, NewIdentity][] {
    return rows.flatMap(({ there, role, isDue }, n): [string, NewIdentity][] => {
      const username = withUserNames ? { username: `name${n}` } : {};
      const address = there === 'yes' ? email(n) : `other${n}@example.com`;
      if (there === 'no' || (there === 'name taken' && !withUserNames)) return [];
      const identity = identityOf({ email: address, role, ...username });
      // A row that gives a password is due no invitation, so that its user need not be looked up.
      if (isDue && n % 4 === 0) {
        identity.metadataAdmin = {
          csv_import: { invitation: { dueSince: '2026-01-01T00:00:00Z' } },
        };
      }
      return [[idOf(n), identity]];
    });
  }
  const idOf = (n: number) => `00000000-0000-4000-8000-${String(n + 1).padStart(12, '0')}`;
  const STRANGER = '11111111-0000-4000-8000-000000000000';

  function hintsOf(rows: Population, present: Set<string>): Map<number, string> {
    return new Map(
      rows.flatMap(({ hint, there, other }, n): [number, string][] => {
        const line = lineOf(n);
        if (hint === 'right')
          return there === 'yes' && present.has(idOf(n)) ? [[line, idOf(n)]] : [];
        if (hint === 'nobody') return [[line, randomUUID()]];
        if (hint === 'stranger') return [[line, STRANGER]];
        return hint === 'none' ? [] : [[line, idOf(other)]];
      }),
    );
  }

  /** The outcomes and the users in Kratos, without random values. */
  async function imported(
    run: PlannedRun,
    rows: Population,
    { mode, withUserNames, hinted }: { mode: Mode; withUserNames: boolean; hinted: boolean },
  ) {
    await rm(pathOf(run.folder, run.folder.outcomesFolder), { recursive: true, force: true });
    const kratos = new ListedKratos();
    const before = identitiesOf(rows, withUserNames);
    for (const [id, identity] of before) kratos.identities.set(id, identity);
    kratos.identities.set(STRANGER, identityOf({ email: 'stranger@example.com' }));
    const hints = hintsOf(rows, new Set(before.map(([id]) => id)));
    await hintAt(run, hinted ? hints : new Map());
    await attempt(run, kratos, { mode });
    const result = (await outcomes(run)).map(({ identityId, after: _, ...outcome }) => ({
      ...outcome,
      // The user is not looked up where the conflict alone decides the row.
      ...(outcome.outcome !== 'created' && outcome.outcome !== 'skipped' && { identityId }),
    }));
    const stored = [...kratos.identities.values()]
      .map(({ hashedPassword, ...identity }) => ({ ...identity, isOurs: hashedPassword === '' }))
      .toSorted((a, b) => String(a.traits['email']).localeCompare(String(b.traits['email'])));
    const right = [...hints].filter(
      ([line, id]) => id === idOf(line - 2) && kratos.byEmail(email(line - 2))?.[0] === id,
    );
    return { result, stored, kratos, right: right.length };
  }

  it.each([
    ['skip', false],
    ['skip', true],
    ['update', false],
    ['update', true],
  ] as const)(
    'the outcomes are the same as without hints, in %s mode, with user names: %s',
    async (mode, withUserNames) => {
      const run = await plannedWith(withUserNames);
      const seen = new Set<string>();
      const property = fc.asyncProperty(population, async (rows) => {
        const how = { mode, withUserNames };
        const without = await imported(run, rows, { ...how, hinted: false });
        const given = await imported(run, rows, { ...how, hinted: true });
        expect(given.result).toEqual(without.result);
        expect(given.stored).toEqual(without.stored);
        expect(given.kratos.requests.update).toBe(without.kratos.requests.update);
        if (mode === 'update') {
          const spared =
            without.kratos.requests.findByIdentifier - given.kratos.requests.findByIdentifier;
          expect(spared).toBe(given.right);
        }
        for (const { outcome } of given.result) seen.add(outcome);
      });
      await fc.assert(property, { numRuns: 40 });
      const there = mode === 'skip' ? ['skipped'] : ['unchanged', 'updated'];
      expect([...seen].toSorted()).toEqual(
        ['created', ...(withUserNames ? ['failed'] : []), ...there].toSorted(),
      );
    },
  );
});
