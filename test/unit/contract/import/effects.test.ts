import { describe, expect, it } from 'vitest';
import {
  addEffects,
  countEffects,
  describeEffects,
  type Effects,
} from '../../../../src/contract/import/effects.js';

const roles = (...pairs: [from: string, to: string][]): Effects => ({
  kinds: [],
  roles: pairs.map(([from, to]) => ({ from, to })),
});

/** The effects of rows from line 2 on. */
const counted = (...rows: (Effects | undefined)[]) =>
  countEffects(rows.map((effects, i) => ({ line: i + 2, effects })));

describe('the effects of updates', () => {
  it('are counted by the old and the new role, and by kind, with the lines', () => {
    const both: Effects = { ...roles(['user', 'admin']), kinds: ['activated', 'address'] };
    expect(counted(both, roles(['admin', 'user']), undefined, both)).toEqual({
      roles: [
        { from: 'user', to: 'admin', count: 2, lines: [2, 5] },
        { from: 'admin', to: 'user', count: 1, lines: [3] },
      ],
      kinds: { activated: { count: 2, lines: [2, 5] }, address: { count: 2, lines: [2, 5] } },
    });
  });

  it('are nothing where no row has any', () => {
    expect(counted(undefined, undefined)).toBeUndefined();
    expect(addEffects(undefined, undefined)).toBeUndefined();
  });

  it('of two chunks add up, and the parts stay as they were', () => {
    const a = counted(roles(['user', 'admin']));
    const b = counted(undefined, { ...roles(['user', 'admin']), kinds: ['deactivated'] });
    const before = structuredClone([a, b]);
    expect(addEffects(a, b)).toEqual({
      roles: [{ from: 'user', to: 'admin', count: 2, lines: [2, 3] }],
      kinds: { deactivated: { count: 1, lines: [3] } },
    });
    expect([a, b]).toEqual(before);
    expect(addEffects(a, undefined)).toEqual(a);
    expect(addEffects(undefined, b)).toEqual(b);
  });

  it('have the first twenty lines, and the count of all', () => {
    const rows = Array.from({ length: 30 }, () => roles(['user', 'admin']));
    const [change] = counted(...rows)!.roles;
    expect(change).toMatchObject({ count: 30, lines: Array.from({ length: 20 }, (_, i) => i + 2) });
  });

  it('stay small, however many roles there are', () => {
    const rows = Array.from({ length: 300 }, (_, i) => roles([`r${i}`, 'admin']));
    const all = counted(...rows)!.roles;
    expect(all.length).toBeLessThanOrEqual(51);
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(300);
    expect(all.at(-1)).toMatchObject({ from: '(other)', to: '(other)', count: 250 });
  });

  it('are told in words, the most frequent roles first', () => {
    const rows = Array.from({ length: 7 }, (_, i) =>
      Array<Effects>(i + 1).fill(roles([`r${i}`, 'x'])),
    );
    const blocked: Effects = { kinds: ['activated', 'identifier'], roles: [] };
    expect(describeEffects(counted(...rows.flat(), blocked))).toEqual([
      'role r6 to x: 7',
      'role r5 to x: 6',
      'role r4 to x: 5',
      'role r3 to x: 4',
      'role r2 to x: 3',
      'other roles: 3',
      'blocked users made active: 1',
      'identifiers changed: 1',
    ]);
    expect(describeEffects(undefined)).toEqual([]);
  });
});
