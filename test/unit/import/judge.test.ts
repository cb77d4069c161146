import { describe, expect, it } from 'vitest';
import type { Allowable } from '../../../src/contract/import/input.js';
import type { FoundIdentity, ImportRow } from '../../../src/identity/identity.js';
import { ORIGIN_KEY, type SourceMark } from '../../../src/identity/origin.js';
import { newMark, rowDigest, saidOf } from '../../../src/identity/source-mark.js';
import { candidateMaker } from '../../../src/import/candidate.js';
import { judge, type Judgement } from '../../../src/import/judge.js';
import { permittedChanges } from '../../../src/import/permitted-changes.js';
import type { Plan, PlanSource } from '../../../src/store/plan.js';
import { mapOf, PEOPLE_PLAN } from '../../support/candidates.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { RUN } from '../../support/planned-run.js';

const SCHEMA = schemaOf({
  role: { type: 'string' },
  first_name: { type: 'string' },
  username: USERNAME_TRAIT,
});
const MAP = mapOf(
  ['email', 'role', 'first_name', 'username', 'external_id', 'old_id', 'state', 'badge'],
  { username: 'traits.username', badge: 'metadata_public.hr.badge' },
  SCHEMA,
);
const AT = '2026-11-02T10:00:00.000Z';
const BY = { run: RUN, actor: 'alice', at: AT };
const DEACTIVATED = { workflowId: 'hr', runId: 'r1', at: AT };
/** An address that people sign in with is both. */
const RENAMES: Allowable[] = ['change-address', 'change-identifier'];
const ANN = { email: 'ann@example.com', role: 'user' };

/** A row with these traits. */
function row(traits: Record<string, string>, more: Partial<ImportRow> = {}): ImportRow {
  const { email = '' } = traits;
  return { email, traits, metadataPublic: {}, metadataAdmin: {}, ...more };
}

/** The user whom a row made, whose fields somebody may have changed since. */
function userOf(
  said: ImportRow,
  since: { traits?: Record<string, unknown>; state?: string; metadata_public?: unknown } = {},
  mark: Partial<SourceMark> = {},
): FoundIdentity {
  const fields = {
    traits: said.traits,
    metadata_public: said.metadataPublic,
    state: said.state ?? 'active',
    ...(said.externalId !== undefined && { external_id: said.externalId }),
  };
  const source = { ...newMark('hr', said, MAP, fields), ...mark };
  return {
    id: 'id-1',
    schemaId: 'default',
    fields: {
      ...fields,
      metadata_admin: { ...said.metadataAdmin, [ORIGIN_KEY]: { source } },
      ...since,
      traits: { ...said.traits, ...since.traits },
    },
  };
}

const markOfUser = ({ fields }: FoundIdentity) =>
  (fields.metadata_admin as Record<string, { source: SourceMark }>)[ORIGIN_KEY]!.source;

const unmarked = (user: FoundIdentity): FoundIdentity => ({
  ...user,
  fields: { ...user.fields, metadata_admin: { note: 'theirs' } },
});

interface Told {
  source?: Partial<PlanSource> | undefined;
  allow?: Allowable[];
}

function judged(said: ImportRow, user: FoundIdentity, told: Told = {}): Judgement {
  const { allow = [] } = told;
  const source: PlanSource | undefined =
    'source' in told && !told.source
      ? undefined
      : {
          ...{ name: 'hr', do: 'nothing', onDrift: 'overwrite', adopt: false },
          ...{ leavers: 0, leaversSha256: '', skipped: [] },
          ...told.source,
        };
  const plan: Plan = { ...PEOPLE_PLAN, schema: SCHEMA, map: MAP, allow, source };
  const passwords = { hash: async (text: string) => text, bcryptCost: 4 };
  const { signal } = new AbortController();
  const toCandidate = candidateMaker({ run: RUN, plan, passwords, at: new Date(AT), signal });
  const permitted = permittedChanges(plan);
  const existingIds = new Map([[2, user.id]]);
  return judge(toCandidate(said, 2), user, { map: MAP, permitted, source, by: BY, existingIds });
}

describe('without a source', () => {
  it('differences are made, whoever has made them, and nobody gets a mark', () => {
    const user = userOf(row(ANN), { traits: { role: 'boss' } });
    expect(judged(row(ANN), user, { source: undefined })).toEqual({
      changes: [{ path: '/traits/role', before: 'boss', after: 'user' }],
      codes: [],
      refusals: [],
    });
  });
});

describe('a user of another source', () => {
  it('is left alone: two sources never fight over somebody', () => {
    const user = userOf(row(ANN), {}, { name: 'crm' });
    expect(judged(row({ ...ANN, role: 'admin' }), user)).toEqual({
      changes: [],
      codes: [],
      refusals: ['other_source'],
    });
  });
});

describe('a user of no source', () => {
  const user = unmarked(userOf(row(ANN)));

  it('is changed as ever, and does not come into the source', () => {
    const judgement = judged(row({ ...ANN, role: 'admin' }), user);
    expect(judgement.changes).toHaveLength(1);
    expect(judgement.codes).toEqual([]);
    expect(judgement.mark).toBeUndefined();
  });

  it('is taken in where that is wanted, with who has done so', () => {
    const { changes, codes, mark } = judged(row(ANN), user, { source: { adopt: true } });
    expect(changes).toEqual([]);
    expect(codes).toEqual(['adopted']);
    expect(mark).toMatchObject({
      name: 'hr',
      said: saidOf(mark!.salt, rowDigest(row(ANN), MAP)),
      adopted: { ...RUN, actor: 'alice', at: AT },
    });
    expect(Object.keys(mark!.left).sort()).toEqual(['/traits/email', '/traits/role']);
  });

  it('is not taken in by a row that may not change them', () => {
    const renamed = row({ ...ANN, username: 'ann2' });
    const taken = unmarked(userOf(row({ ...ANN, username: 'ann' })));
    expect(judged(renamed, taken, { source: { adopt: true } }).refusals).toEqual([
      'identifier_change_not_allowed',
    ]);
  });
});

describe('a field', () => {
  it('that the file has changed is changed', () => {
    const user = userOf(row(ANN));
    const { changes, codes, mark } = judged(row({ ...ANN, role: 'admin' }), user);
    expect(changes).toEqual([{ path: '/traits/role', before: 'user', after: 'admin' }]);
    expect(codes).toEqual([]);
    expect(mark).toMatchObject({ salt: markOfUser(user).salt });
    expect(mark!.left['/traits/role']).not.toBe(markOfUser(user).left['/traits/role']);
    expect(mark!.left['/traits/email']).toBe(markOfUser(user).left['/traits/email']);
  });

  it('that somebody else has changed is put back, or kept', () => {
    const user = userOf(row(ANN), { traits: { role: 'boss' } });
    expect(judged(row(ANN), user)).toMatchObject({
      changes: [{ path: '/traits/role', before: 'boss', after: 'user' }],
      codes: ['drift_overwritten'],
    });
    const kept = judged(row(ANN), user, { source: { onDrift: 'keep' } });
    expect(kept).toMatchObject({ changes: [], codes: ['drift_kept'], refusals: [] });
    // Else the next night would take the file's value for a new one.
    expect(kept.mark!.left).toEqual(markOfUser(user).left);
  });

  it('is still kept the night after, and while the file says yet another thing', () => {
    const keep = { source: { onDrift: 'keep' as const } };
    const user = userOf(row(ANN), { traits: { role: 'boss' } });
    const { mark } = judged(row({ ...ANN, role: 'admin' }), user, keep);
    const next = userOf(row(ANN), { traits: { role: 'boss' } }, mark);
    expect(judged(row({ ...ANN, role: 'support' }), next, keep)).toMatchObject({
      changes: [],
      codes: ['drift_kept'],
    });
  });

  it('is the file’s again once both say the same', () => {
    const keep = { source: { onDrift: 'keep' as const } };
    const user = userOf(row(ANN), { traits: { role: 'boss' } });
    const agreed = judged(row({ ...ANN, role: 'boss' }), user, keep);
    expect(agreed).toMatchObject({ changes: [], codes: [] });
    const next = userOf(row(ANN), { traits: { role: 'boss' } }, agreed.mark);
    expect(judged(row({ ...ANN, role: 'admin' }), next, keep)).toMatchObject({
      changes: [{ path: '/traits/role', before: 'boss', after: 'admin' }],
      codes: [],
    });
  });

  it('that the file gives for the first time is no drift', () => {
    const user = userOf(row(ANN), { traits: { first_name: 'Anna' } });
    const said = row({ ...ANN, first_name: 'Ann' });
    expect(judged(said, user, { source: { onDrift: 'keep' } })).toMatchObject({
      changes: [{ path: '/traits/first_name', before: 'Anna', after: 'Ann' }],
      codes: [],
    });
  });

  it('in an object that somebody has replaced by a text is kept with the text', () => {
    const said = row(ANN, { metadataPublic: { hr: { badge: '7' } } });
    const user = userOf(said, { metadata_public: { hr: 'none' } });
    expect(judged(said, user, { source: { onDrift: 'keep' } })).toMatchObject({
      changes: [],
      codes: ['drift_kept'],
    });
    expect(judged(said, user).changes).toHaveLength(2);
  });

  it('that this import may not put back is kept, and the others are changed all the same', () => {
    const user = userOf(row({ ...ANN, username: 'ann' }), { traits: { username: 'ann2' } });
    const said = row({ ...ANN, username: 'ann', role: 'guest' });
    expect(judged(said, user)).toMatchObject({
      changes: [{ path: '/traits/role', before: 'user', after: 'guest' }],
      codes: ['drift_kept'],
      refusals: [],
    });
    expect(judged(said, user, { allow: ['change-identifier'] })).toMatchObject({
      changes: [{ path: '/traits/role' }, { path: '/traits/username' }],
      codes: ['drift_overwritten'],
    });
  });
});

describe('the mark', () => {
  it('stays as it is where the row says nothing new, in whatever order of the keys', () => {
    const user = userOf(row(ANN));
    expect(judged(row(ANN), user).mark).toEqual(markOfUser(user));
  });

  it('says what the row says, also where nothing of the user differs', () => {
    const user = userOf(row(ANN), { traits: { first_name: 'Ann' } });
    const said = row({ ...ANN, first_name: 'Ann' });
    const { changes, mark } = judged(said, user);
    expect(changes).toEqual([]);
    expect(mark!.said).toBe(saidOf(mark!.salt, rowDigest(said, MAP)));
    expect(mark!.left).toHaveProperty('/traits/first_name');
  });
});

describe('the key', () => {
  const moved = { ...ANN, email: 'ann@example.org' };

  it('of a person with the same id is changed where addresses may be', () => {
    const user = userOf(row(ANN, { externalId: 'e-1' }));
    const said = row(moved, { externalId: 'e-1' });
    expect(judged(said, user).refusals).toEqual([
      'address_change_not_allowed',
      'identifier_change_not_allowed',
    ]);
    expect(judged(said, user, { allow: RENAMES })).toMatchObject({
      changes: [{ path: '/traits/email', before: ANN.email, after: moved.email }],
      codes: [],
      refusals: [],
    });
  });

  it('that a person has changed is theirs, and a change of the file is made besides', () => {
    const user = userOf(row(ANN), { traits: { email: moved.email } });
    expect(judged(row({ ...ANN, role: 'guest' }), user)).toMatchObject({
      changes: [{ path: '/traits/role' }],
      codes: ['drift_kept'],
      refusals: [],
    });
    expect(judged(row(ANN), user, { allow: RENAMES })).toMatchObject({
      changes: [{ path: '/traits/email', before: moved.email, after: ANN.email }],
      codes: ['drift_overwritten'],
    });
  });

  it('in another spelling is no change', () => {
    const user = userOf(row(ANN), { traits: { email: 'Ann@Example.com' } });
    expect(judged(row(ANN), user, { allow: RENAMES }).changes).toEqual([]);
  });
});

describe('a user whom the source has deactivated', () => {
  const gone = (since: { state?: string; traits?: Record<string, unknown> } = {}) =>
    userOf(row(ANN), { state: 'inactive', ...since }, { deactivated: DEACTIVATED });

  it.each<ImportRow['state']>([undefined, 'active'])(
    'is let in again by a row of state %s, which needs no permission',
    (state) => {
      const said = row(ANN, state && { state });
      const { changes, codes, refusals, mark } = judged(said, gone());
      expect(changes).toEqual([{ path: '/state', before: 'inactive', after: 'active' }]);
      expect([codes, refusals]).toEqual([['returned'], []]);
      expect(mark).not.toHaveProperty('deactivated');
    },
  );

  it('is let in with all that the file says by now, also where drift is kept', () => {
    const user = gone({ traits: { first_name: 'Anna' } });
    const said = row({ ...ANN, role: 'admin' }, { state: 'active' });
    expect(judged(said, user, { source: { onDrift: 'keep' } })).toMatchObject({
      changes: [{ path: '/traits/role' }, { path: '/state' }],
      codes: ['returned'],
    });
  });

  it('stays inactive where the row says so', () => {
    const { changes, codes, mark } = judged(row(ANN, { state: 'inactive' }), gone());
    expect([changes, codes]).toEqual([[], []]);
    expect(mark).toHaveProperty('deactivated');
  });

  it('and somebody else has blocked since is left alone', () => {
    const at = (stateChangedAt: string) => judged(row(ANN), { ...gone(), stateChangedAt });
    expect(at('2026-11-02T10:09:00Z').codes).toEqual(['returned']);
    expect(at('2026-11-02T10:11:00Z')).toEqual({
      changes: [],
      codes: [],
      refusals: ['blocked_since'],
    });
  });

  it('and somebody has let in since is a user like any other', () => {
    const user = userOf(row(ANN), {}, { deactivated: DEACTIVATED });
    const { changes, codes, mark } = judged(row(ANN), user);
    expect([changes, codes]).toEqual([[], []]);
    expect(mark).not.toHaveProperty('deactivated');
  });
});

describe('a user whom somebody else has blocked', () => {
  it.each<['overwrite' | 'keep', ImportRow['state'], string[]]>([
    ['overwrite', undefined, []],
    ['keep', undefined, []],
    ['overwrite', 'active', ['drift_kept']],
    ['keep', 'active', ['drift_kept']],
  ])('stays blocked (%s), whatever the row says: %s', (onDrift, state, codes) => {
    const said = row(ANN, state && { state });
    const user = userOf(said, { state: 'inactive' });
    expect(judged(said, user, { source: { onDrift } })).toMatchObject({
      changes: [],
      codes,
      refusals: [],
    });
  });

  it('is let in by a row that says active, where the import may activate', () => {
    const said = row(ANN, { state: 'active' });
    const user = userOf(said, { state: 'inactive' });
    expect(judged(said, user, { allow: ['activate'] })).toMatchObject({
      changes: [{ path: '/state', before: 'inactive', after: 'active' }],
      codes: ['drift_overwritten'],
    });
  });
});
