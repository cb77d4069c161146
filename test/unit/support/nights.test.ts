import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { Chance } from '../../support/chance.js';
import {
  csvOfRows,
  night,
  Roster,
  whyItWaits,
  type Account,
  type Row,
  type Rules,
  type Users,
} from '../../support/nights.js';

const HR: Rules = { source: 'hr', onDrift: 'overwrite' };
const KEEP: Rules = { source: 'hr', onDrift: 'keep' };

const ada: Row = { oldId: '1', address: 'ada@x.org', name: 'Ada', tenant: 't1' };
const bob: Row = { oldId: '2', address: 'bob@x.org', name: 'Bob', tenant: 't2' };
/** Nobody but the address tells who she is. */
const eve: Row = { oldId: '', address: 'eve@x.org', name: 'Eve', tenant: 't3' };

/** The users after some files of the source, one a night. */
function after(...files: Row[][]): Users {
  return files.reduce<Users>((users, file) => night(users, file, HR).users, []);
}

function find(users: Users, address: string): Account | undefined {
  return users.find((user) => user.address === address);
}

/** What somebody does to a user by hand. */
function byHand(users: Users, address: string, change: Partial<Account>): Users {
  return users.map((user) => (user.address === address ? { ...user, ...change } : user));
}

describe('a night', () => {
  it('creates who is new, and leaves alone who is the same', () => {
    const { users, told } = night(after([ada]), [ada, bob], HR);
    expect(users.map(({ address, isActive, of }) => [address, isActive, of?.source])).toEqual([
      ['ada@x.org', true, 'hr'],
      ['bob@x.org', true, 'hr'],
    ]);
    expect(told).toMatchObject({ new: 1, unchanged: 1, changed: 0, left: 0 });
  });

  it('blocks who is no longer there, and lets them in again when they are back', () => {
    const gone = night(after([ada, bob]), [bob], HR);
    expect(gone.leavers.map(({ address }) => address)).toEqual(['ada@x.org']);
    expect(find(gone.users, 'ada@x.org')?.isActive).toBe(false);
    expect(gone.told).toMatchObject({ left: 1, unchanged: 1 });
    const still = night(gone.users, [bob], HR);
    expect(still.told).toMatchObject({ left: 0, unchanged: 1 });
    const back = night(still.users, [{ ...ada, name: 'Ada B' }, bob], HR);
    expect(find(back.users, 'ada@x.org')).toMatchObject({ isActive: true, name: 'Ada B' });
    expect(back.told).toMatchObject({ returned: 1, changed: 0, unchanged: 1 });
  });

  it('never lets in whom somebody else has blocked', () => {
    const users = byHand(after([ada, bob]), 'ada@x.org', { isActive: false });
    const gone = night(users, [bob], HR);
    expect(gone.told.left).toBe(0);
    const back = night(gone.users, [ada, bob], HR);
    expect(find(back.users, 'ada@x.org')?.isActive).toBe(false);
    expect(back.told).toMatchObject({ returned: 0, unchanged: 2 });
  });

  it('knows people by their old id, and otherwise by their address', () => {
    const renamed = night(after([ada, eve]), [{ ...ada, address: 'a@x.org' }, eve], HR);
    expect(renamed.users).toHaveLength(2);
    expect(renamed.told).toMatchObject({ changed: 1, new: 0, left: 0 });
    const other = night(renamed.users, [{ ...eve, address: 'e@x.org' }], HR);
    expect(other.told).toMatchObject({ new: 1, left: 2 });
  });

  it('finds who has changed their own address by that of the last night', () => {
    const users = byHand(after([eve]), 'eve@x.org', { address: 'own@x.org' });
    const back = night(users, [eve], HR);
    expect(back.users.map(({ address }) => address)).toEqual(['eve@x.org']);
    expect(back.told).toMatchObject({ changed: 1, drifted: 1, new: 0, left: 0 });
    const kept = night(night(users, [eve], KEEP).users, [eve], KEEP);
    expect(kept.users.map(({ address }) => address)).toEqual(['own@x.org']);
    expect(kept.told).toMatchObject({ unchanged: 1, drifted: 1, new: 0, left: 0 });
  });

  it('fails a row whose address another person has', () => {
    const { users, told } = night(after([ada]), [{ ...bob, address: 'ada@x.org' }], HR);
    expect(told).toMatchObject({ failed: 1, left: 1, new: 0 });
    expect(users).toHaveLength(1);
    expect(
      night(after([ada, bob]), [ada, { ...bob, address: 'ada@x.org' }], HR).told,
    ).toMatchObject({ failed: 1, unchanged: 1, left: 0 });
  });

  it('overwrites what was changed by hand, or keeps that and what else the file says', () => {
    const users = byHand(after([ada]), 'ada@x.org', { name: 'Countess' });
    const file = [{ ...ada, name: 'Lady', tenant: 't3' }];
    const overwritten = night(users, file, HR);
    expect(overwritten.users[0]).toMatchObject({ name: 'Lady', tenant: 't3' });
    expect(overwritten.told).toMatchObject({ changed: 1, drifted: 1 });
    const kept = night(users, file, KEEP);
    expect(kept.users[0]).toMatchObject({ name: 'Countess', tenant: 't3' });
    expect(kept.told).toMatchObject({ changed: 1, drifted: 1 });
    // It is still a drift on the nights after that.
    expect(night(kept.users, file, KEEP).users[0]).toMatchObject({ name: 'Countess' });
    expect(night(kept.users, file, HR).users[0]).toMatchObject({ name: 'Lady' });
  });

  it('blocks again whom somebody let in by hand, unless what is done by hand is kept', () => {
    const users = byHand(after([ada, bob], [bob]), 'ada@x.org', { isActive: true });
    expect(night(users, [bob], HR).told.left).toBe(1);
    const kept = night(users, [bob], KEEP);
    expect(kept.told.left).toBe(0);
    const back = night(kept.users, [ada, bob], HR);
    expect(back.told).toMatchObject({ returned: 0, unchanged: 2 });
    expect(night(back.users, [bob], KEEP).told.left).toBe(1);
  });

  it('changes nobody of another source, and makes nobody of no source a leaver', () => {
    const others = night([], [eve], { source: 'school', onDrift: 'overwrite' }).users;
    const made: Account = { ...bob, oldId: '', isActive: true };
    const users = [...others, made];
    const first = night(
      users,
      [
        { ...eve, name: 'Eva' },
        { ...bob, tenant: 't1' },
      ],
      HR,
    );
    expect(first.told).toMatchObject({ leftAlone: 1, changed: 1, adopted: 0 });
    expect(find(first.users, 'eve@x.org')?.name).toBe('Eve');
    expect(find(first.users, 'bob@x.org')).toMatchObject({ tenant: 't1', oldId: '2' });
    expect(night(first.users, [ada], HR).told).toMatchObject({ new: 1, left: 0 });
  });

  it('takes users into the source where it is told to, who are its leavers then', () => {
    const made: Account = { ...bob, oldId: '', isActive: true, notes: { badge: '7' } };
    const adopted = night([made], [bob], { ...HR, adopt: true });
    expect(adopted.told).toMatchObject({ adopted: 1, changed: 1, drifted: 0 });
    const gone = night(adopted.users, [ada], HR);
    expect(gone.told).toMatchObject({ new: 1, left: 1 });
    expect(find(gone.users, 'bob@x.org')).toMatchObject({ isActive: false, notes: { badge: '7' } });
  });

  it('does what a row says is to be done', () => {
    const users = after([ada, bob, eve]);
    const { users: then, told } = night(
      users,
      [
        { ...ada, name: 'X', action: 'skip' },
        { ...bob, action: 'deactivate' },
        { ...eve, action: 'delete' },
        { ...ada, oldId: '4', address: 'd@x.org', action: 'update' },
        { ...ada, oldId: '5', address: 'e@x.org', action: 'create' },
        { ...ada, name: 'Y', action: 'create' },
      ],
      HR,
    );
    expect(told).toMatchObject({ skipped: 2, left: 2, leftAlone: 1, new: 1 });
    expect(then.map(({ address, name, isActive }) => [address, name, isActive])).toEqual([
      ['ada@x.org', 'Ada', true],
      ['bob@x.org', 'Bob', false],
      ['e@x.org', 'Ada', true],
    ]);
    expect(night(then, [ada, bob], HR).told).toMatchObject({ returned: 1, left: 1 });
  });
});

describe('a night waits for somebody', () => {
  const people = new Roster(new Chance(1), 100, 10).rows;
  const users = after([...people]);
  const rules = { ...HR, atMost: 0.05, rowsBefore: 100 };

  it.each([
    ['nobody leaves', people, []],
    ['five of a hundred leave', people.slice(5), []],
    ['six leave', people.slice(6), ['too_many', 'file_shrank']],
    ['six leave and six join', [...people.slice(6), ...joiners(6)], ['too_many']],
    ['six are to be blocked', people.map((row, i) => withAction(row, i < 6)), ['too_many']],
  ] as const)('%s', (_what, file, why) => {
    expect(whyItWaits(users, file, rules)).toEqual(why);
  });

  it('or is asked about the users that it would adopt', () => {
    const made: Account = { ...bob, oldId: '', isActive: true };
    const wanted = { ...rules, adopt: true };
    expect(whyItWaits([...users, made], [...people, bob], wanted)).toEqual(['adoption']);
  });
});

function joiners(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({ ...ada, oldId: `n${i}`, address: `n${i}@x` }));
}

function withAction(row: Row, isToGo: boolean): Row {
  return isToGo ? { ...row, action: 'deactivate' } : row;
}

describe('a roster', () => {
  it('is the same again from the same seed, with one event a person a night', () => {
    const pass = (seed: number) => {
      const roster = new Roster(new Chance(seed), 300, 20);
      const nights = Array.from({ length: 6 }, () => {
        roster.passAnyNight();
        return [...roster.rows];
      });
      return nights;
    };
    expect(pass(7)).toEqual(pass(7));
    expect(pass(7)).not.toEqual(pass(8));
    for (const rows of pass(7)) {
      expect(new Set(rows.map(({ address }) => address)).size).toBe(rows.length);
      const oldIds = rows.flatMap(({ oldId }) => (oldId === '' ? [] : oldId));
      expect(new Set(oldIds).size).toBe(oldIds.length);
    }
  });

  it('passes nights in which everything happens, and nothing that must wait', () => {
    const roster = new Roster(new Chance(3), 1000, 20);
    let { users } = night([], roster.rows, HR);
    for (let i = 0; i < 5; i++) {
      const rowsBefore = roster.rows.length;
      roster.passAnyNight();
      const file = [...roster.rows];
      expect(whyItWaits(users, file, { ...HR, atMost: 0.05, rowsBefore })).toEqual([]);
      const { told, users: then } = night(users, file, HR);
      users = then;
      if (i > 0) expect(told.returned).toBeGreaterThan(0);
      expect(Math.min(told.new, told.changed, told.left)).toBeGreaterThan(0);
      expect(told).toMatchObject({ failed: 0, leftAlone: 0, drifted: 0 });
      // Whoever can sign in is in the file.
      expect(users.filter(({ isActive }) => isActive)).toHaveLength(file.length);
    }
  });

  it('writes a file that any reader of CSV understands', () => {
    const rows: Row[] = [
      { ...ada, name: 'Hopper, "Amazing"' },
      { ...eve, action: 'skip', password: 'a b' },
    ];
    expect(parse(csvOfRows(rows), { columns: true })).toEqual([
      {
        ...{ old_id: '1', email: 'ada@x.org', first_name: 'Hopper, "Amazing"' },
        ...{ initial_password: '', tenant_id: 't1', action: '' },
      },
      {
        ...{ old_id: '', email: 'eve@x.org', first_name: 'Eve' },
        ...{ initial_password: 'a b', tenant_id: 't3', action: 'skip' },
      },
    ]);
    expect(csvOfRows([ada])).not.toContain('action');
  });
});
