import { describe, expect, it } from 'vitest';
import type { FoundIdentity } from '../../../src/identity/identity.js';
import { MARK_PATH, ORIGIN_KEY, type SourceMark } from '../../../src/identity/origin.js';
import { decideLeave, type LeaveRules } from '../../../src/import/leave.js';
import type { PlanSource } from '../../../src/store/plan.js';
import { RUN } from '../../support/planned-run.js';

const AT = '2026-11-02T10:00:00.000Z';
const MARK: SourceMark = { name: 'hr', salt: 's', said: 'd', key: 'k', left: {} };
const EARLIER = { workflowId: 'hr-1', runId: 'r', at: '2026-11-01T10:00:00.000Z' };
const OURS = { ...RUN, at: AT };

function user(state: string, mark?: Partial<SourceMark>): FoundIdentity {
  const source = mark && { ...MARK, ...mark };
  return {
    id: 'id-1',
    schemaId: 'default',
    fields: { traits: {}, state, metadata_admin: { [ORIGIN_KEY]: { source } } },
  };
}

function decided(
  found: FoundIdentity | undefined,
  more: Partial<LeaveRules> & { keeps?: boolean } = {},
) {
  const { keeps = false, ...rules } = more;
  const source: PlanSource = {
    ...({ name: 'hr', do: 'deactivate', adopt: false } as const),
    ...{ leavers: 1, leaversSha256: '', skipped: [] },
    onDrift: keeps ? 'keep' : 'overwrite',
  };
  return decideLeave(found, {
    source,
    permitted: { outside: () => undefined },
    wanted: 'deactivate',
    isTold: false,
    by: { run: RUN, actor: 'alice', at: AT },
    begun: undefined,
    ...rules,
  });
}

describe('a user of the source who can sign in', () => {
  it('is deactivated, which the mark says from then on', () => {
    expect(decided(user('active', {}))).toEqual({
      do: 'deactivate',
      changes: [
        { path: '/state', before: 'active', after: 'inactive' },
        { path: MARK_PATH, before: MARK, after: { ...MARK, deactivated: OURS } },
      ],
    });
  });

  it.each(['delete', 'report'] as const)('comes to what is wanted: %s', (wanted) => {
    expect(decided(user('active', {}), { wanted })).toEqual({ do: wanted });
  });
});

describe('nobody else leaves', () => {
  it.each<[string, FoundIdentity]>([
    ['of another source', user('active', { name: 'crm' })],
    ['of none', user('active')],
    ['whose mark is broken', user('active', { left: null as never })],
  ])('a user %s', (_who, found) => {
    for (const wanted of ['deactivate', 'delete', 'report'] as const) {
      for (const begun of [undefined, []]) {
        expect(decided(found, { wanted, begun })).toEqual({ do: 'keep', codes: ['other_source'] });
      }
    }
  });

  it('a user of another schema or tenant', () => {
    const permitted = { outside: () => 'other_tenant' as const };
    expect(decided(user('active', {}), { permitted })).toEqual({
      do: 'keep',
      codes: ['other_tenant'],
    });
  });

  it('who is not there any more', () => {
    expect(decided(undefined)).toEqual({ do: 'none' });
    expect(decided(undefined, { wanted: 'delete' })).toEqual({ do: 'none' });
  });
});

describe('a user who is inactive', () => {
  const blocked = user('inactive', {});
  const gone = user('inactive', { deactivated: EARLIER });

  it.each(['deactivate', 'report'] as const)('has nothing to lose (%s)', (wanted) => {
    expect(decided(blocked, { wanted })).toEqual({ do: 'none' });
    expect(decided(gone, { wanted })).toEqual({ do: 'none' });
  });

  it('is deleted where this source has deactivated them, or their row says so', () => {
    expect(decided(gone, { wanted: 'delete' })).toEqual({ do: 'delete' });
    expect(decided(blocked, { wanted: 'delete' })).toEqual({ do: 'none' });
    expect(decided(blocked, { wanted: 'delete', isTold: true })).toEqual({ do: 'delete' });
  });
});

describe('a user whom somebody has let in again by hand', () => {
  const letIn = user('active', { deactivated: EARLIER });

  it('stays in where that is kept', () => {
    for (const wanted of ['deactivate', 'delete'] as const) {
      expect(decided(letIn, { wanted, keeps: true })).toEqual({ do: 'none' });
    }
  });

  it('leaves again where it is overwritten', () => {
    expect(decided(letIn)).toMatchObject({
      do: 'deactivate',
      changes: [{ path: '/state' }, { path: MARK_PATH, after: { deactivated: OURS } }],
    });
  });
});

describe('an attempt that an earlier one went before', () => {
  const begun = [{ path: '/state', before: 'active', after: 'inactive' }];

  it('finds what it has done, also of a user who has moved to another tenant since', () => {
    const done = user('inactive', { deactivated: OURS });
    const permitted = { outside: () => 'other_tenant' as const };
    expect(decided(done, { begun })).toEqual({ do: 'done' });
    expect(decided(done, { begun, permitted })).toEqual({ do: 'done' });
    expect(decided(undefined, { begun: [], wanted: 'delete' })).toEqual({ do: 'done' });
  });

  it('takes no deactivation of another run, or that was not begun, for its own', () => {
    expect(decided(user('inactive', { deactivated: EARLIER }), { begun })).toEqual({ do: 'none' });
    expect(decided(user('inactive', { deactivated: OURS }))).toEqual({ do: 'none' });
  });

  it('does what was begun and not done', () => {
    expect(decided(user('active', {}), { begun })).toMatchObject({ do: 'deactivate' });
    expect(decided(user('active', {}), { begun: [], wanted: 'delete' })).toEqual({ do: 'delete' });
  });
});
