/** Rows of a source: what is asked of Kratos for them, and what they leave there and in their outcomes. */
import { describe, expect, it } from 'vitest';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { MARK_PATH, ORIGIN_KEY, originOf } from '../../../src/identity/origin.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, Died, journalOf, outcomes } from '../../support/chunk-attempts.js';
import { KratosInMemory, type KratosHabits } from '../../support/kratos-in-memory.js';
import type { PlannedRun } from '../../support/planned-run.js';
import { importNight, markIn, night, planNight } from '../../support/source-runs.js';

const FILE = 'email,role\nann@example.com,user\nben@example.com,user\n';
const ADMIN = 'email,role\nann@example.com,admin\nben@example.com,user\n';
const NO_REQUESTS = { createBatch: 0, storedIds: 0, findByIdentifier: 0, update: 0 };

function reset(kratos: KratosInMemory): void {
  Object.assign(kratos.requests, NO_REQUESTS);
}

async function given(file = FILE, habits: KratosHabits = {}): Promise<KratosInMemory> {
  const kratos = new KratosInMemory(habits);
  await night(kratos, 1, file);
  reset(kratos);
  return kratos;
}

const go = (run: PlannedRun, kratos: KratosInMemory, keys: Parameters<typeof attempt>[2] = {}) =>
  attempt(run, kratos, { mode: 'update', ...keys });

function byHand(kratos: KratosInMemory, email: string, traits: Record<string, unknown>): void {
  Object.assign(kratos.byEmail(email)![1].traits, traits);
}

describe('a user whom a source creates', () => {
  it('has its mark, so that the same row needs no request the night after', async () => {
    const kratos = await given();
    expect(markIn(kratos, 'ann@example.com')).toMatchObject({ name: 'hr' });
    const run = await planNight(kratos, 2, FILE);
    expect(run.plan.source).toMatchObject({ leavers: 0, skipped: [{ chunk: 1, chunks: 1 }] });
    expect(kratos.requests).toEqual(NO_REQUESTS);
  });

  it('is not looked up before: validation has seen all users', async () => {
    const kratos = new KratosInMemory();
    const run = await planNight(kratos, 1, FILE);
    reset(kratos);
    expect(await go(run, kratos)).toEqual({ ...NO_COUNTS, created: 2, due: 2 });
    expect(kratos.requests).toEqual({ ...NO_REQUESTS, createBatch: 1 });
  });

  it('is found, and changed, where somebody has registered since validation', async () => {
    const kratos = new KratosInMemory();
    const run = await planNight(kratos, 1, ADMIN);
    kratos.store(identityOf({ email: 'ann@example.com', role: 'user' }));
    expect(await go(run, kratos)).toMatchObject({ created: 1, updated: 1 });
    expect(markIn(kratos, 'ann@example.com')).toBeUndefined();
  });

  it('has it also where another attempt finds that a dead one has created them', async () => {
    const kratos = new KratosInMemory();
    const run = await planNight(kratos, 1, FILE);
    kratos.afterRequest = () => {
      throw new Died();
    };
    await expect(go(run, kratos)).rejects.toThrow(Died);
    kratos.afterRequest = () => undefined;
    expect(await go(run, kratos)).toEqual({ ...NO_COUNTS, created: 2, due: 2 });
    expect(markIn(kratos, 'ben@example.com')).toMatchObject({ name: 'hr' });
  });
});

describe('a row that is settled', () => {
  it('costs no request beside one that is not', async () => {
    const kratos = await given(`${FILE}cid@example.com,user\n`);
    const run = await planNight(kratos, 2, `${ADMIN}cid@example.com,user\n`);
    const { findByIds } = kratos;
    const asked: string[] = [];
    kratos.findByIds = (ids) => {
      asked.push(...ids);
      return findByIds.call(kratos, ids);
    };
    expect(await go(run, kratos)).toEqual({ ...NO_COUNTS, updated: 1, unchanged: 2 });
    expect(asked).toEqual([kratos.byEmail('ann@example.com')![0]]);
    expect(kratos.requests).toEqual({ ...NO_REQUESTS, update: 1 });
    const ids = (await outcomes(run)).map(({ identityId }) => identityId);
    expect(ids).toEqual([...kratos.identities.keys()]);
  });

  it('is skipped where existing users are by now', async () => {
    const kratos = await given();
    const run = await planNight(kratos, 2, ADMIN);
    expect(await go(run, kratos, { mode: 'skip' })).toEqual({ ...NO_COUNTS, skipped: 2 });
    expect(kratos.requests.update).toBe(0);
  });
});

describe('a row that says something new', () => {
  it('changes its user and the mark in one request', async () => {
    const kratos = await given();
    const before = markIn(kratos, 'ann@example.com');
    const [ann] = await night(kratos, 2, ADMIN);
    expect(kratos.requests.update).toBe(1);
    expect(ann).toMatchObject({
      outcome: 'updated',
      changes: [
        { path: '/traits/role', before: 'user', after: 'admin' },
        { path: MARK_PATH, before, after: markIn(kratos, 'ann@example.com') },
      ],
      effects: { kinds: [], roles: [{ from: 'user', to: 'admin' }] },
    });
    expect(ann).not.toHaveProperty('codes');
  });

  it('of which nothing differs changes the mark alone, without a word of it', async () => {
    const kratos = await given();
    byHand(kratos, 'ann@example.com', { role: 'admin' });
    const run = await planNight(kratos, 2, ADMIN);
    expect(await go(run, kratos)).toEqual({ ...NO_COUNTS, unchanged: 2 });
    expect((await outcomes(run))[0]).not.toHaveProperty('changes');
    expect((await journalOf(run)).intents.size).toBe(0);
    expect(kratos.requests.update).toBe(1);
    expect((await planNight(kratos, 3, ADMIN)).plan.findings.source).toMatchObject({ settled: 2 });
  });

  it('is unchanged also where Kratos does not take the mark: it is looked at again', async () => {
    const kratos = await given(FILE, {
      refuses: ({ traits, metadataAdmin }) =>
        traits['role'] === 'admin' && originOf(metadataAdmin)
          ? { status: 400, reason: 'a user who broke the schema before' }
          : undefined,
    });
    byHand(kratos, 'ann@example.com', { role: 'admin' });
    expect(await night(kratos, 2, ADMIN)).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'unchanged' },
    ]);
    expect((await planNight(kratos, 3, ADMIN)).plan.findings.source).toMatchObject({ settled: 1 });
  });

  it('but Kratos refuses leaves no mark, so that it is tried again', async () => {
    const kratos = await given(FILE, {
      refuses: ({ traits }) =>
        traits['role'] === 'admin' ? { status: 400, reason: 'no' } : undefined,
    });
    const before = markIn(kratos, 'ann@example.com');
    expect((await night(kratos, 2, ADMIN))[0]).toMatchObject({ outcome: 'failed' });
    expect(markIn(kratos, 'ann@example.com')).toEqual(before);
    expect((await planNight(kratos, 3, ADMIN)).plan.findings.source).toMatchObject({ settled: 1 });
  });
});

describe('a change by hand', () => {
  it.each([
    ['overwrite', 'updated', 'user', ['drift_overwritten']],
    ['keep', 'unchanged', 'boss', ['drift_kept']],
  ])('is %s, and reported', async (onDrift, outcome, role, codes) => {
    const kratos = await given();
    byHand(kratos, 'ann@example.com', { role: 'boss' });
    const [ann] = await night(kratos, 2, FILE, { onDrift });
    expect(ann).toMatchObject({ outcome, codes });
    expect(kratos.byEmail('ann@example.com')![1].traits['role']).toBe(role);
  });

  it('of what the file says nothing of is nobody’s business', async () => {
    const kratos = await given();
    byHand(kratos, 'ann@example.com', { last_name: 'Lee' });
    const admin = kratos.byEmail('ann@example.com')![1].metadataAdmin as Record<string, unknown>;
    admin['seen'] = 7;
    expect((await planNight(kratos, 2, FILE)).plan.findings.source).toMatchObject({ settled: 2 });
  });
});

describe('users who were there before', () => {
  async function there(): Promise<KratosInMemory> {
    const kratos = new KratosInMemory();
    kratos.store(identityOf({ email: 'ann@example.com', role: 'user' }));
    kratos.store({
      ...identityOf({ email: 'ben@example.com', role: 'admin' }),
      metadataAdmin: null as never,
    });
    return kratos;
  }

  it('are no users of the source, and never leave, unless they are adopted', async () => {
    const kratos = await there();
    await night(kratos, 1, FILE);
    expect(markIn(kratos, 'ann@example.com')).toBeUndefined();
    const run = await planNight(kratos, 2, 'email,role\ncid@example.com,user\n');
    expect(run.plan.source).toMatchObject({ leavers: 0 });
  });

  it('are adopted, as an update of each, and leave as others do', async () => {
    const kratos = await there();
    const [ann, ben] = await night(kratos, 1, FILE, { adopt: true });
    const mark = markIn(kratos, 'ann@example.com');
    expect(ann).toMatchObject({
      outcome: 'updated',
      codes: ['adopted'],
      changes: [{ path: MARK_PATH, after: mark, made: { path: `/metadata_admin/${ORIGIN_KEY}` } }],
    });
    expect(ben).toMatchObject({
      outcome: 'updated',
      codes: ['adopted'],
      changes: [{ path: '/traits/role' }, { path: MARK_PATH }],
    });
    expect(mark?.adopted).toMatchObject({ workflowId: 'hr-1', actor: 'alice' });
    const rows = await night(kratos, 2, 'email,role\nann@example.com,user\n');
    expect(rows).toMatchObject([{ email: 'ben@example.com', outcome: 'deactivated' }]);
  });

  it('are not adopted where they came after the list that somebody has approved', async () => {
    const kratos = await there();
    const run = await planNight(kratos, 1, `${FILE}cid@example.com,user\n`, { adopt: true });
    expect(run.plan.findings.source).toMatchObject({ adoptable: 2 });
    kratos.store(identityOf({ email: 'cid@example.com', role: 'boss' }));
    const cid = (await importNight(run, kratos))[2]!;
    expect(cid).toMatchObject({ outcome: 'updated', changes: [{ path: '/traits/role' }] });
    expect(cid).not.toHaveProperty('codes');
    expect(markIn(kratos, 'cid@example.com')).toBeUndefined();
  });

  it.each(['beforeRequest', 'afterRequest'] as const)(
    'are adopted once, whatever attempt dies: %s',
    async (when) => {
      const kratos = await there();
      const run = await planNight(kratos, 1, FILE, { adopt: true });
      kratos[when] = (request) => {
        if (request === 'update') throw new Died();
      };
      await expect(go(run, kratos)).rejects.toThrow(Died);
      kratos[when] = () => undefined;
      const now = new Date('2026-11-02T11:00:00Z');
      expect(await go(run, kratos, { now, number: 2 })).toMatchObject({ updated: 2 });
      for (const row of await outcomes(run)) {
        expect(row).toMatchObject({ outcome: 'updated', codes: ['adopted'] });
        // An undo must find there what the outcome says.
        const change = row.changes!.find(({ path }) => path === MARK_PATH)!;
        expect(change.after).toEqual(markIn(kratos, row.email));
        expect(change).not.toHaveProperty('before');
      }
    },
  );

  it('are adopted also where a gateway blocks the answer of a request that it let through', async () => {
    const kratos = await there();
    kratos.afterRequest = (request) => {
      if (request !== 'update') return;
      throw new KratosError('refused', 'blocked', { status: 403, byGateway: true });
    };
    const run = await planNight(kratos, 1, FILE, { adopt: true });
    expect(await go(run, kratos)).toEqual({ ...NO_COUNTS, updated: 2 });
  });
});

describe('somebody who returns', () => {
  const WITHOUT_BEN = 'email,role\nann@example.com,user\n';

  it('is let in again, also with an attempt that died in between', async () => {
    const kratos = await given();
    await night(kratos, 2, WITHOUT_BEN);
    expect(kratos.byEmail('ben@example.com')![1].state).toBe('inactive');
    const run = await planNight(kratos, 3, FILE);
    kratos.afterRequest = (request) => {
      if (request === 'update') throw new Died();
    };
    await expect(go(run, kratos)).rejects.toThrow(Died);
    kratos.afterRequest = () => undefined;
    expect(await go(run, kratos)).toEqual({ ...NO_COUNTS, updated: 1, unchanged: 1 });
    expect((await outcomes(run))[1]).toMatchObject({
      codes: ['returned'],
      changes: [{ path: '/state', before: 'inactive', after: 'active' }, { path: MARK_PATH }],
      effects: { kinds: ['activated'], roles: [] },
    });
    expect(kratos.byEmail('ben@example.com')![1].state).toBe('active');
    expect(markIn(kratos, 'ben@example.com')).not.toHaveProperty('deactivated');
    expect((await planNight(kratos, 4, FILE)).plan.findings.source).toMatchObject({ settled: 2 });
  });

  it('and whom somebody else has blocked since is left alone', async () => {
    const kratos = await given();
    await night(kratos, 2, WITHOUT_BEN);
    const [id] = kratos.byEmail('ben@example.com')!;
    kratos.now = () => new Date('2026-11-02T12:00:00Z');
    const set = (value: string) => kratos.update(id, [{ op: 'replace', path: '/state', value }]);
    await set('active');
    await set('inactive');
    const rows = await night(kratos, 3, FILE);
    expect(rows[1]).toMatchObject({ outcome: 'left_alone', codes: ['blocked_since'] });
    expect(kratos.byEmail('ben@example.com')![1].state).toBe('inactive');
  });
});

describe('whom somebody else has blocked, and whose mark was broken since', () => {
  const { name, salt, said, key, left } = { name: 'hr', salt: 's', said: '', key: 'k', left: {} };

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a word', 'yes'],
    ['no time', { workflowId: 'hr-1', runId: 'r', at: 'yesterday' }],
    ['a time alone', { at: '2026-11-01T10:00:00.000Z' }],
  ])('is neither let in again nor deleted: %s', async (_what, deactivated) => {
    const kratos = await given();
    const [id, ben] = kratos.byEmail('ben@example.com')!;
    const source = { name, salt, said, key, left, deactivated };
    const metadataAdmin = { [ORIGIN_KEY]: { source } } as never;
    kratos.identities.set(id, { ...ben, state: 'inactive', metadataAdmin });
    await night(kratos, 2, FILE);
    expect(kratos.byEmail('ben@example.com')![1].state).toBe('inactive');
    const without = 'email,role\nann@example.com,user\n';
    await night(kratos, 3, without, { missing: { scope: 'hr', do: 'delete' } });
    expect(kratos.identities.has(id)).toBe(true);
  });
});

describe('people who stay the same', () => {
  const HEADER = 'email,role,old_id\n';
  const allow = ['change-address', 'change-identifier'];

  it('keep their user when the file has another address for them', async () => {
    const kratos = await given(`${HEADER}ann@example.com,user,1\nben@example.com,user,2\n`);
    const ids = [...kratos.identities.keys()];
    const file = `${HEADER}ann@example.org,user,1\nben@example.com,user,2\n`;
    expect((await night(kratos, 2, file))[0]).toMatchObject({
      outcome: 'left_alone',
      codes: ['address_change_not_allowed', 'identifier_change_not_allowed'],
    });
    const rows = await night(kratos, 3, file, { allow });
    expect(rows.map(({ outcome }) => outcome)).toEqual(['updated', 'unchanged']);
    expect(kratos.byEmail('ann@example.org')![0]).toBe(ids[0]);
    expect([...kratos.identities.keys()]).toEqual(ids);
  });

  it('keep their user, and the address, when they have changed it themselves', async () => {
    const kratos = await given();
    byHand(kratos, 'ann@example.com', { email: 'ann@home.example' });
    const run = await planNight(kratos, 2, ADMIN);
    expect(run.plan.source).toMatchObject({ leavers: 0 });
    const rows = await importNight(run, kratos);
    expect(rows[0]).toMatchObject({ outcome: 'updated', codes: ['drift_kept'] });
    expect(kratos.identities.size).toBe(2);
    expect(kratos.byEmail('ann@home.example')![1].traits['role']).toBe('admin');
  });

  it('are not taken for the person who has the address by now', async () => {
    const kratos = await given(`${HEADER}ann@example.com,user,1\nben@example.com,user,2\n`);
    const file = `${HEADER}ann@example.com,user,3\nben@example.com,user,2\n`;
    const rows = await night(kratos, 2, file);
    expect(rows).toMatchObject([
      { outcome: 'failed', codes: ['identifier_conflict'] },
      { outcome: 'unchanged' },
      { outcome: 'deactivated', email: 'ann@example.com' },
    ]);
  });

  it('are another row’s, who has the address that they have taken since', async () => {
    const kratos = await given();
    byHand(kratos, 'ann@example.com', { email: 'cid@example.com' });
    const rows = await night(kratos, 2, `${ADMIN}cid@example.com,user\n`);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['updated', 'unchanged', 'failed']);
    // Unless that one is not in the file any more.
    const later = await night(
      kratos,
      3,
      'email,role\ncid@example.com,user\nben@example.com,user\n',
    );
    expect(later.map(({ outcome }) => outcome)).toEqual(['updated', 'unchanged']);
    expect(kratos.byEmail('cid@example.com')![1].traits['role']).toBe('user');
  });

  it('are not mistaken for somebody whom another product knows by the same number', async () => {
    const kratos = new KratosInMemory();
    const other = kratos.store({
      ...identityOf({ email: 'eve@example.com', role: 'admin' }),
      metadataAdmin: { old_id: '1' },
    });
    const rows = await night(kratos, 1, `${HEADER}ann@example.com,user,1\n`, { allow });
    expect(rows[0]).toMatchObject({ outcome: 'created' });
    expect(kratos.identities.get(other)?.traits['email']).toBe('eve@example.com');
  });

  it('are found by their external id, whoever has their address', async () => {
    const header = 'email,role,external_id\n';
    const kratos = await given(`${header}ann@example.com,user,e-1\n`);
    const [id, ann] = kratos.byEmail('ann@example.com')!;
    kratos.identities.delete(id);
    const run = await planNight(kratos, 2, `${header}ann@example.org,user,e-1\n`, { allow });
    // Validation has not seen them.
    kratos.identities.set(id, ann);
    expect(await importNight(run, kratos)).toMatchObject([{ outcome: 'updated', identityId: id }]);
    expect(kratos.identities.size).toBe(1);
  });
});

describe('a row that says itself what is to be done', () => {
  const HEADER = 'email,role,action\n';

  async function acting(rows: string, keys: Record<string, unknown> = {}) {
    const kratos = await given('email,role\nann@example.com,user\nben@example.com,user\n');
    const run = await planNight(kratos, 2, HEADER + rows, keys);
    const counts = await go(run, kratos, { mode: 'update' });
    return { kratos, counts, rows: await outcomes(run) };
  }

  it('skip: nobody is asked', async () => {
    const { kratos, counts } = await acting('ann@example.com,admin,skip\nnew@example.com,,skip\n');
    expect(counts).toEqual({ ...NO_COUNTS, skipped: 2 });
    expect(kratos.requests).toEqual(NO_REQUESTS);
  });

  it('create: a user who exists stays as they are', async () => {
    const { counts } = await acting('ann@example.com,admin,create\nnew@example.com,,create\n');
    expect(counts).toEqual({ ...NO_COUNTS, skipped: 1, created: 1, due: 1 });
  });

  it('update: nobody is created', async () => {
    const { kratos, rows } = await acting(
      'ann@example.com,admin,update\nnew@example.com,,update\n',
    );
    expect(rows).toMatchObject([
      { outcome: 'updated' },
      { outcome: 'left_alone', codes: ['no_such_user'] },
    ]);
    expect(kratos.requests.createBatch).toBe(0);
  });

  it('deactivate, delete: the user leaves, once, and nobody who is of no source', async () => {
    const text = 'ann@example.com,,deactivate\nben@example.com,,delete\nnew@example.com,,delete\n';
    const { kratos, rows } = await acting(text);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['deactivated', 'deleted', 'unchanged']);
    expect(kratos.identities.size).toBe(1);
    const [id, ann] = kratos.byEmail('ann@example.com')!;
    expect(ann.state).toBe('inactive');
    expect(rows[0]).toMatchObject({ identityId: id, changes: [{ path: '/state' }, {}] });
    kratos.store(identityOf({ email: 'eve@example.com' }));
    const again = await planNight(
      kratos,
      3,
      `${HEADER}ann@example.com,,deactivate\neve@example.com,,delete\n`,
    );
    await go(again, kratos);
    expect(await outcomes(again)).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'left_alone', codes: ['other_source'] },
    ]);
  });

  it('delete: whoever is inactive counts, too, since nothing brings them back', async () => {
    const kratos = await given();
    for (const user of kratos.identities.values()) user.state = 'inactive';
    const text = 'ann@example.com,,delete\nben@example.com,,deactivate\n';
    const { plan } = await planNight(kratos, 2, HEADER + text);
    expect(plan.findings.source).toMatchObject({ scope: 0, told: 1 });
  });

  it('delete: an attempt that died has deleted somebody, and it is known whom', async () => {
    const kratos = await given();
    const [id] = kratos.byEmail('ben@example.com')!;
    const run = await planNight(
      kratos,
      2,
      `${HEADER}ann@example.com,user,\nben@example.com,,delete\n`,
    );
    kratos.afterRequest = (request) => {
      if (request === 'remove') throw new Died();
    };
    await expect(go(run, kratos)).rejects.toThrow(Died);
    kratos.afterRequest = () => undefined;
    expect(await go(run, kratos)).toMatchObject({ deleted: 1 });
    expect((await outcomes(run))[1]).toMatchObject({ outcome: 'deleted', identityId: id });
  });

  it('in skip mode: none but create does anything', async () => {
    const kratos = await given();
    const text = [
      'ann@example.com,admin,update',
      'ben@example.com,,delete',
      'new@example.com,,create',
    ];
    const run = await planNight(kratos, 2, `${HEADER}${text.join('\n')}\n`);
    const counts = await go(run, kratos, { mode: 'skip' });
    expect(counts).toEqual({ ...NO_COUNTS, skipped: 2, created: 1, due: 1 });
  });
});

describe('a live dry run', () => {
  it('tells the same, changes nobody, and has no mark to write', async () => {
    const kratos = await given();
    byHand(kratos, 'ben@example.com', { role: 'boss' });
    kratos.store(identityOf({ email: 'eve@example.com', role: 'user' }));
    const file = `email,role,action\nann@example.com,user,delete\nben@example.com,user,\neve@example.com,user,\nnew@example.com,,update\nfay@example.com,,skip\n`;
    const run = await planNight(kratos, 2, file, { adopt: true, dryRun: 'live' });
    await go(run, kratos);
    expect(await outcomes(run)).toMatchObject([
      { outcome: 'would_delete' },
      { outcome: 'would_update', codes: ['drift_overwritten'] },
      { outcome: 'would_update', codes: ['adopted'], changes: [] },
      { outcome: 'left_alone', codes: ['no_such_user'] },
      { outcome: 'would_skip' },
    ]);
    expect(kratos.requests).toMatchObject({ createBatch: 0, update: 0 });
    expect(kratos.identities.size).toBe(3);
  });
});
