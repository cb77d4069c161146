import { describe, expect, it } from 'vitest';
import type { Change, Outcome } from '../../../src/contract/import/outcomes.js';
import { RoleChanges } from '../../../src/report/role-changes.js';
import { mapOf } from '../../support/candidates.js';
import { schemaOf } from '../../support/identity-schemas.js';

const SCHEMA = schemaOf({ role: { type: 'string' }, first_name: {} });
const PLAN = {
  roles: ['admin', 'user'],
  map: mapOf(['email', 'role', 'first_name'], {}, SCHEMA),
};

/** The role changes of rows from line 2 on, each with its outcome and changes. */
function changesOf(rows: [outcome: Outcome, ...changes: Change[]][], plan = PLAN) {
  const all = new RoleChanges(plan);
  for (const [i, [outcome, ...changes]] of rows.entries()) {
    all.add({ line: i + 2, email: '', outcome, invitation: 'none', changes });
  }
  return all.all();
}

const role = (before: unknown, after: unknown): Change => ({
  path: '/traits/role',
  ...(before !== undefined && { before }),
  after,
});

describe('a change of roles', () => {
  it('is counted by the old and the new role, with the lines', () => {
    expect(
      changesOf([
        ['updated', role('user', 'admin')],
        ['updated', role('admin', 'user')],
        ['updated', role('user', 'admin'), { path: '/traits/first_name', after: 'Ann' }],
      ]),
    ).toEqual([
      { from: 'user', to: 'admin', count: 2, lines: [2, 4] },
      { from: 'admin', to: 'user', count: 1, lines: [3] },
    ]);
  });

  it('is counted in a live dry run as well', () => {
    expect(changesOf([['would_update', role('user', 'admin')]])).toHaveLength(1);
  });

  it('is not counted for a user whose other fields changed, or who was not updated', () => {
    expect(
      changesOf([
        ['updated', { path: '/traits/first_name', before: 'A', after: 'B' }],
        ['updated'],
        ['unchanged'],
        ['created', role(undefined, 'admin')],
        ['failed', role('user', 'admin')],
      ]),
    ).toEqual([]);
  });

  it.each([undefined, null, ''])('is from (none) when the old role was %j', (before) => {
    expect(changesOf([['updated', role(before, 'user')]])).toMatchObject([{ from: '(none)' }]);
  });

  it.each(['Zq9 of the board', 7, { name: 'admin' }, ['admin'], true])(
    'is from (other), without its name, when the old role is none of the import’s (%j)',
    (before) => {
      const changes = changesOf([['updated', role(before, 'user')]]);
      expect(changes).toEqual([{ from: '(other)', to: 'user', count: 1, lines: [2] }]);
    },
  );

  it('has the first twenty lines, and the count of all', () => {
    const rows = Array.from({ length: 30 }, () => ['updated', role('user', 'admin')] as const);
    const [change] = changesOf(rows.map(([outcome, each]) => [outcome, each]));
    expect(change).toMatchObject({ count: 30, lines: Array.from({ length: 20 }, (_, i) => i + 2) });
  });

  it('is found wherever the role column goes, and by its place alone', () => {
    const columns = { role: 'metadata_public.hr.role', rank: 'traits.first_name' };
    const plan = { ...PLAN, map: mapOf(['email', 'role', 'rank'], columns, SCHEMA) };
    const changes = [
      { path: '/metadata_public/hr/role', before: 'user', after: 'admin' },
      role('user', 'admin'),
    ];
    expect(changesOf([['updated', ...changes]], plan)).toEqual([
      { from: 'user', to: 'admin', count: 1, lines: [2] },
    ]);
  });
});
