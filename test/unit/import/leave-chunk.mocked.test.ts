import { describe, expect, it, vi } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { LEAVER_LINE, NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { MARK_PATH } from '../../../src/identity/origin.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { AuditInMemory } from '../../support/audit-in-memory.js';
import { attempt, Died, journalOf, outcomes } from '../../support/chunk-attempts.js';
import { KratosInMemory, type KratosHabits } from '../../support/kratos-in-memory.js';
import type { PlannedRun } from '../../support/planned-run.js';
import { markIn, night, planNight } from '../../support/source-runs.js';

// Pauses take no time here: they have their own tests.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

const PEOPLE = Array.from({ length: 6 }, (_, i) => `user${i}@example.com`);
const fileOf = (emails: string[]) => `email\n${emails.join('\n')}\n`;

/** All of them are in the source; the file of the second night has the first one alone. */
async function given(
  { people = PEOPLE, ...input }: Record<string, unknown> & { people?: string[] } = {},
  habits: KratosHabits = {},
) {
  const kratos = new KratosInMemory(habits);
  await night(kratos, 1, fileOf(people));
  for (const id of kratos.identities.keys()) kratos.sessions.add(id);
  const run = await planNight(kratos, 2, fileOf(people.slice(0, 1)), input);
  const chunk = run.plan.findings.chunks + 1;
  const go = (keys: Parameters<typeof attempt>[2] = {}) =>
    attempt(run, kratos, { mode: 'update', chunk, ...keys });
  const rows = async () => outcomes(run, chunk);
  const byEmail = (email: string) => kratos.byEmail(email)!;
  return { kratos, run, chunk, go, rows, byEmail };
}

const deleting = { missing: { scope: 'hr', do: 'delete' } };
const leaversOf = (run: PlannedRun) => run.plan.source!.leavers;

describe('users of the source who are not in the file', () => {
  it('are deactivated and signed out, and their outcomes say what they were', async () => {
    const { kratos, run, go, rows, byEmail } = await given();
    expect(await go()).toEqual({ ...NO_COUNTS, deactivated: 5 });
    expect(leaversOf(run)).toBe(5);
    const found = await rows();
    expect(found.map(({ line }) => line)).toEqual([0, 1, 2, 3, 4].map((i) => LEAVER_LINE + i));
    for (const row of found) {
      const [id, { state }] = byEmail(row.email);
      expect([row.identityId, state]).toEqual([id, 'inactive']);
      expect(kratos.signedOut).toContain(id);
      expect(row.changes).toMatchObject([
        { path: '/state', before: 'active', after: 'inactive' },
        { path: MARK_PATH, after: markIn(kratos, row.email) },
      ]);
      expect(markIn(kratos, row.email)?.deactivated).toMatchObject(run.run);
    }
    const [stays, { state }] = byEmail(PEOPLE[0]!);
    expect([state, kratos.signedOut.has(stays)]).toEqual(['active', false]);
  });

  it('are deleted, or only told, as the input says', async () => {
    const deleted = await given(deleting);
    const ids = PEOPLE.slice(1).map((email) => deleted.byEmail(email)[0]);
    expect(await deleted.go()).toEqual({ ...NO_COUNTS, deleted: 5 });
    expect(deleted.kratos.identities.size).toBe(1);
    expect((await deleted.rows()).map(({ identityId }) => identityId).sort()).toEqual(ids.sort());

    const told = await given({ missing: { scope: 'hr', do: 'report' } });
    const before = structuredClone(told.kratos.identities);
    expect(await told.go()).toEqual({ ...NO_COUNTS, missing: 5 });
    expect(told.kratos.identities).toEqual(before);
  });

  it('stay where the mode is skip by now, or in a live dry run', async () => {
    const skipped = await given();
    expect(await skipped.go({ mode: 'skip' })).toEqual({ ...NO_COUNTS, skipped: 5 });
    const dry = await given({ dryRun: 'live' });
    expect(await dry.go()).toEqual({ ...NO_COUNTS, would_deactivate: 5 });
    const dryDeletion = await given({ ...deleting, dryRun: 'live' });
    expect(await dryDeletion.go()).toEqual({ ...NO_COUNTS, would_delete: 5 });
    for (const { kratos } of [skipped, dry, dryDeletion]) {
      expect(kratos.identities.size).toBe(PEOPLE.length);
      expect([...kratos.identities.values()].every(({ state }) => state === 'active')).toBe(true);
      expect(kratos.requests).not.toHaveProperty('revokeSessions');
    }
  });

  it('are decided anew: who was blocked, deleted or taken by another source since stays so', async () => {
    const { kratos, go, rows, byEmail } = await given();
    const [, blocked, gone, taken] = PEOPLE as [string, string, string, string];
    byEmail(blocked)[1].state = 'inactive';
    kratos.identities.delete(byEmail(gone)[0]);
    (byEmail(taken)[1].metadataAdmin as never as Record<string, { source: object }>)[
      'csv_import'
    ]!.source = { ...markIn(kratos, taken), name: 'crm' };
    expect(await go()).toEqual({ ...NO_COUNTS, deactivated: 2, unchanged: 2, left_alone: 1 });
    expect(byEmail(taken)[1].state).toBe('active');
    const outcomeOf = Object.fromEntries((await rows()).map((row) => [row.email, row]));
    expect(outcomeOf[taken]).toMatchObject({ codes: ['other_source'] });
    expect(outcomeOf[blocked]).toMatchObject({ outcome: 'unchanged' });
    expect(markIn(kratos, blocked)).not.toHaveProperty('deactivated');
  });

  it('are written down before the first of them is changed, fifty at once', async () => {
    const people = Array.from({ length: 71 }, (_, i) => `user${i}@example.com`);
    const { kratos, run, chunk, go } = await given({ people });
    const seen = new Set<number>();
    kratos.beforeRequest = async (request) => {
      if (request === 'update') seen.add((await journalOf(run, chunk)).intents.size);
    };
    expect(await go()).toMatchObject({ deactivated: 70 });
    expect([...seen]).toEqual([50, 70]);
  });

  it('have the time of their own in the mark, however long those before them took', async () => {
    const { kratos, run, go, byEmail } = await given();
    let now = Date.parse('2026-11-02T10:00:00Z');
    kratos.beforeRequest = (request) => {
      if (request === 'update') now += 4 * 60_000;
    };
    kratos.now = () => new Date(now);
    expect(await go({ now: () => new Date(now) })).toMatchObject({ deactivated: 5 });
    for (const email of PEOPLE.slice(1)) {
      const { at } = markIn(kratos, email)!.deactivated!;
      const changed = kratos.stateChanges.get(byEmail(email)[0])!;
      expect(Date.parse(changed) - Date.parse(at)).toBe(4 * 60_000);
    }
    // An undo must find there what the outcomes say.
    for (const { email, changes } of await outcomes(run, run.plan.findings.chunks + 1)) {
      expect(changes).toMatchObject([{}, { path: MARK_PATH, after: markIn(kratos, email) }]);
    }
    const back = await night(kratos, 3, fileOf(PEOPLE));
    expect(back.filter(({ codes }) => codes?.includes('returned'))).toHaveLength(5);
  });

  it('are in the audit trail, each once', async () => {
    const audit = new AuditInMemory();
    const { go } = await given();
    await go({ audit });
    await go({ audit });
    expect(audit.events.map(({ event }) => event)).toEqual(
      Array<string>(5).fill('user_import_deactivated'),
    );
  });
});

describe('a leaver whom Kratos does not let go', () => {
  const breaks = ({ traits, state }: NewIdentity) =>
    traits['email'] === PEOPLE[2] && state === 'inactive';

  it('is failed, and the others leave', async () => {
    const { go, rows, byEmail } = await given(
      {},
      { refuses: (identity) => (breaks(identity) ? { status: 400, reason: 'no' } : undefined) },
    );
    expect(await go()).toEqual({ ...NO_COUNTS, deactivated: 4, failed: 1 });
    const failed = (await rows()).find(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject({ email: PEOPLE[2], codes: ['schema_violation'] });
    expect(failed).not.toHaveProperty('raw');
    expect(byEmail(PEOPLE[2]!)[1].state).toBe('active');
  });

  it('is nobody’s fault but Kratos’s where it breaks on each of them', async () => {
    const broken = new KratosError('broken', 'Kratos answered 500', { status: 500 });
    const { go } = await given(
      {},
      { poisonedBy: ({ state }) => (state === 'inactive' ? broken : undefined) },
    );
    await expect(go()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is failed while signed in still, inactive as they are', async () => {
    const { kratos, go, rows, byEmail } = await given();
    const [id] = byEmail(PEOPLE[2]!);
    const revoke = kratos.revokeSessions.bind(kratos);
    kratos.revokeSessions = async (of) => {
      if (of === id) throw new KratosError('refused', 'Kratos answered 403', { status: 403 });
      return revoke(of);
    };
    expect(await go()).toMatchObject({ deactivated: 4, failed: 1 });
    const failed = (await rows()).find(({ outcome }) => outcome === 'failed');
    expect(failed?.reason).toContain('sessions could not be ended');
    expect(byEmail(PEOPLE[2]!)[1].state).toBe('inactive');
  });

  it('has not gone because Kratos refuses to show any of them', async () => {
    const { kratos, go } = await given();
    const find = kratos.findByIds.bind(kratos);
    kratos.findByIds = async (ids) => {
      if (ids.length > 1) throw new KratosError('refused', 'Kratos answered 414', { status: 414 });
      return find(ids);
    };
    expect(await go()).toMatchObject({ deactivated: 5 });
  });
});

describe.each(['deactivate', 'delete'] as const)('attempts that die, to %s leavers,', (wanted) => {
  const done = wanted === 'deactivate' ? 'deactivated' : 'deleted';
  const requests = wanted === 'deactivate' ? 2 * (PEOPLE.length - 1) : PEOPLE.length - 1;
  const deaths = Array.from({ length: requests }, (_, i) => i).flatMap((at) =>
    (['beforeRequest', 'afterRequest'] as const).map((when) => [when, at] as const),
  );

  it.each(deaths)('%s %i: the next one tells the truth of each', async (when, at) => {
    const { kratos, go, rows, byEmail } = await given({ missing: { scope: 'hr', do: wanted } });
    const ids = new Map(PEOPLE.slice(1).map((email) => [byEmail(email)[0], email]));
    const marks = new Map(PEOPLE.slice(1).map((email) => [email, markIn(kratos, email)]));
    let count = 0;
    kratos[when] = () => {
      if (count++ === at) throw new Died();
    };
    await expect(go()).rejects.toThrow(Died);
    kratos[when] = () => undefined;

    const later = new Date('2026-11-02T10:05:00Z');
    expect(await go({ now: later, number: 2 })).toEqual({ ...NO_COUNTS, [done]: 5 });
    for (const { identityId, outcome, changes } of await rows()) {
      expect(outcome).toBe(done);
      const email = ids.get(identityId!)!;
      ids.delete(identityId!);
      if (wanted === 'delete') continue;
      expect(byEmail(email)[1].state).toBe('inactive');
      expect(kratos.signedOut).toContain(identityId);
      // From before the first attempt, to what is there now.
      expect(changes).toEqual([
        { path: '/state', before: 'active', after: 'inactive' },
        { path: MARK_PATH, before: marks.get(email), after: markIn(kratos, email) },
      ]);
    }
    expect(ids.size).toBe(0);
    expect(kratos.identities.size).toBe(wanted === 'delete' ? 1 : PEOPLE.length);
  });
});

describe('an attempt whose answers are lost', () => {
  it.each(['deactivate', 'delete'] as const)('has true outcomes (%s)', async (wanted) => {
    const { kratos, go } = await given({ missing: { scope: 'hr', do: wanted } });
    const lost = new Set<number>();
    let count = 0;
    kratos.afterRequest = () => {
      const at = count++;
      if (at % 2 === 0 && !lost.has(at)) {
        lost.add(at);
        throw new KratosError('unavailable', 'no answer', { answerLost: true });
      }
    };
    const done = wanted === 'deactivate' ? 'deactivated' : 'deleted';
    expect(await go()).toEqual({ ...NO_COUNTS, [done]: 5 });
  });
});
