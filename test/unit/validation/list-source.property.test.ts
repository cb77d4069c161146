/** Any file against any users: who is whose, and who is missing, as a plain search through both finds it. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImportRow, NewIdentity } from '../../../src/identity/identity.js';
import { newMark } from '../../../src/identity/source-mark.js';
import { readExistingUsers } from '../../../src/store/existing-users.js';
import { readLeavers } from '../../../src/store/leavers.js';
import { leaverChunksOf } from '../../../src/store/open-run.js';
import { readSettled } from '../../../src/store/settled.js';
import { mapOf } from '../../support/candidates.js';
import { personSchema } from '../../support/identity-schemas.js';
import { KratosInMemory, toFields } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun, temporaryFolder } from '../../support/planned-run.js';

const MAP = mapOf(['email', 'first_name', 'old_id'], {}, personSchema);

interface Row {
  address: number;
  name: string;
  /** 0 for none. */
  oldId: number;
}

interface User {
  /** What the row said that made the user, if a source has. */
  said: Row;
  source: 'hr' | 'payroll' | undefined;
  /** What is there now. */
  now: Row;
  isActive: boolean;
}

const row = fc.record({
  address: fc.nat({ max: 12 }),
  name: fc.constantFrom('Ann', 'Ben'),
  oldId: fc.nat({ max: 8 }),
});
/** As validation has them: no address and no id twice. */
const files = fc
  .array(row, { minLength: 1, maxLength: 12 })
  .map((rows) =>
    rows.filter(
      ({ address, oldId }, i) =>
        !rows
          .slice(0, i)
          .some((each) => each.address === address || (oldId > 0 && each.oldId === oldId)),
    ),
  );

/** Half of them a row of the file has made, and nearly all are as their row has made them. */
function usersOf(rows: Row[]) {
  const user = fc
    .record({
      said: fc.oneof(row, fc.constantFrom(...rows)),
      source: fc.constantFrom('hr' as const, 'hr' as const, 'payroll' as const, undefined),
      changed: fc.option(row, { freq: 2, nil: undefined }),
      isActive: fc.boolean(),
    })
    .map(({ said, changed, ...more }): User => ({ ...more, said, now: changed ?? said }));
  return fc.array(user, { maxLength: 12 });
}

const filesAndUsers = files.chain((rows) => fc.tuple(fc.constant(rows), usersOf(rows)));

const emailOf = (address: number) => `user${address}@example.com`;

function importRowOf({ address, name, oldId }: Row): ImportRow {
  return {
    email: emailOf(address),
    traits: { email: emailOf(address), first_name: name },
    metadataPublic: {},
    metadataAdmin: oldId > 0 ? { old_id: String(oldId) } : {},
  };
}

function identityOf({ said, source, now, isActive }: User): NewIdentity {
  const { traits, metadataAdmin } = importRowOf(now);
  const state = isActive ? 'active' : 'inactive';
  const identity: NewIdentity = {
    ...{ schemaId: 'default', traits, metadataAdmin, verifiedEmails: [] },
    state,
  };
  if (!source) return identity;
  const first = importRowOf(said);
  const left = toFields({ ...identity, ...first });
  const mark = newMark(source, first, MAP, left);
  return { ...identity, metadataAdmin: { ...metadataAdmin, csv_import: { source: mark } } };
}

/** How surely a row is a user's; 0 where it is not. */
function rankOf(user: User, line: Row): number {
  const { now, said, source } = user;
  // Another product counts for itself.
  const both = source === 'hr' && now.oldId > 0 && line.oldId > 0;
  if (both) return now.oldId === line.oldId ? 3 : 0;
  if (source === 'hr' && said.address === line.address) return 2;
  return now.address === line.address ? 1 : 0;
}

function isSame(a: Row, b: Row): boolean {
  return a.address === b.address && a.name === b.name && a.oldId === b.oldId;
}

/** A row without an old id says nothing of it. */
function isAsLeft({ said, now }: User): boolean {
  return isSame(said, said.oldId > 0 ? now : { ...now, oldId: 0 });
}

describe('the listing of a source', () => {
  it('finds who is missing, whose each row is and what is settled', async () => {
    const seen = { leavers: 0, settled: 0, byMark: 0 };
    const root = await temporaryFolder();
    const property = fc.asyncProperty(filesAndUsers, async ([rows, people]) => {
      const kratos = new KratosInMemory({ pageSize: 5 });
      const listed = people
        .map((user) => ({ id: randomUUID(), user }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const { id, user } of listed) kratos.identities.set(id, identityOf(user));
      const lines = rows.map(({ address, name, oldId }) =>
        [emailOf(address), name, oldId > 0 ? oldId : ''].join(','),
      );
      const run = await PlannedRun.below(root, `email,first_name,old_id\n${lines.join('\n')}\n`, {
        kratos,
        store: new MemoryStore(),
        input: { mode: 'update', missing: { do: 'deactivate', scope: 'hr' } },
      });

      const bestOf = (user: User) => {
        const ranks = rows.map((each) => rankOf(user, each));
        const rank = Math.max(0, ...ranks);
        return { rank, index: rank > 0 ? ranks.indexOf(rank) : -1 };
      };
      const holders = new Map<number, { id: string; strength: number; isSettled: boolean }>();
      const leavers: string[] = [];
      for (const { id, user } of listed) {
        const { rank, index } = bestOf(user);
        if (index < 0) {
          if (user.source === 'hr' && user.isActive) leavers.push(id);
          continue;
        }
        if (rank === 2) seen.byMark++;
        const isSettled = user.source === 'hr' && isSame(user.said, rows[index]!) && isAsLeft(user);
        const strength = rank * 2 + (isSettled ? 1 : 0);
        if (strength > (holders.get(index)?.strength ?? 0))
          holders.set(index, { id, strength, isSettled });
      }
      seen.leavers += leavers.length;

      const all = rows.map((_, i) => i + 2);
      const found: string[] = [];
      for await (const chunk of leaverChunksOf(run)) found.push(...(await readLeavers(chunk)));
      expect(found).toEqual(leavers);
      expect(Object.fromEntries(await readExistingUsers(run, all))).toEqual(
        Object.fromEntries([...holders].map(([index, { id }]) => [index + 2, id])),
      );
      const settled = [...holders].flatMap(([index, { isSettled }]) =>
        isSettled ? index + 2 : [],
      );
      seen.settled += settled.length;
      expect([...(await readSettled(run, all))]).toEqual(settled.toSorted((a, b) => a - b));
      const scope = people.filter(({ source, isActive }) => source === 'hr' && isActive);
      const byHand = [...holders.values()].filter(
        ({ id }) => listed.find((each) => each.id === id)!.user.source === undefined,
      );
      expect(run.findings.source).toMatchObject({
        scope: scope.length,
        leavers: leavers.length,
        settled: settled.length,
        adoptable: byHand.length,
      });
    });
    await fc.assert(property, { numRuns: 50 });
    expect(Math.min(seen.leavers, seen.settled, seen.byMark)).toBeGreaterThan(0);
  });
});
