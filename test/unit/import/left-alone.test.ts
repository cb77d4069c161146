/** Existing users whom an update would reach although it may not, and what is told of them. */
import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { ORIGIN_KEY } from '../../../src/identity/origin.js';
import type { Mode } from '../../../src/contract/import/input.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, journalOf, outcomes } from '../../support/chunk-attempts.js';
import { EMAIL_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const SCHEMA = schemaOf({
  role: { type: 'string' },
  tenant_id: { type: 'string' },
  username: USERNAME_TRAIT,
  recovery: { ...EMAIL_TRAIT, 'ory.sh/kratos': { recovery: { via: 'email' } } },
});
const COLUMNS = { username: 'traits.username', recovery: 'traits.recovery' };

const FILE = `email,role,tenant_id,username,recovery,external_id,state
other.tenant@example.com,user,t1,,,,
no.tenant@example.com,user,t1,,,,
other.schema@example.com,admin,t1,,,,
blocked@example.com,admin,t1,,,,active
victim@example.com,user,t1,,thief@example.com,,
renamed@example.com,user,t1,boss,,,
numbered@example.com,user,t1,,,e-2,
all@example.com,admin,t1,boss2,thief2@example.com,e-3,active
mine@example.com,admin,t1,,,,inactive
`;

const CODES = [
  ['other_tenant'],
  ['no_tenant'],
  ['other_schema'],
  ['activation_not_allowed'],
  ['address_change_not_allowed'],
  ['identifier_change_not_allowed'],
  ['identifier_change_not_allowed'],
  ['activation_not_allowed', 'address_change_not_allowed', 'identifier_change_not_allowed'],
];

function user(name: string, more: Partial<NewIdentity> = {}, traits = {}): NewIdentity {
  const identity = identityOf({ email: `${name}@example.com`, role: 'user' });
  identity.traits['tenant_id'] = 't1';
  return { ...identity, ...more, traits: { ...identity.traits, ...traits } };
}

async function given(mode: Mode, keys: Record<string, unknown> = {}) {
  const kratos = new KratosInMemory({ schemas: [SCHEMA] });
  kratos.store(user('other.tenant', {}, { tenant_id: 't2', role: 'admin' }));
  kratos.store(user('no.tenant', {}, { tenant_id: undefined }));
  kratos.store(user('other.schema', { schemaId: 'staff' }));
  kratos.store(user('blocked', { state: 'inactive' }));
  kratos.store(user('victim', {}, { recovery: 'victim@example.org' }));
  kratos.store(user('renamed', {}, { username: 'ren' }));
  kratos.store(user('numbered', { externalId: 'e-1' }));
  kratos.store(user('all', { state: 'inactive', externalId: 'e-0' }));
  kratos.store(user('mine'));
  const run = await PlannedRun.of(FILE, {
    kratos,
    tenants: ['t1'],
    input: { mode, columns: COLUMNS, ...keys },
  });
  return { kratos, run };
}

describe('in update mode', () => {
  it('users beyond the import are left alone, each with every code', async () => {
    const { kratos, run } = await given('update');
    const before = structuredClone([...kratos.identities].slice(0, 8));
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({
      left_alone: 8,
      updated: 1,
      failed: 0,
      due: 0,
    });
    const rows = await outcomes(run);
    expect(rows.slice(0, 8).map(({ codes }) => codes)).toEqual(CODES);
    expect([...kratos.identities].slice(0, 8)).toEqual(before);
    expect(rows[8]).toMatchObject({
      outcome: 'updated',
      effects: { kinds: ['deactivated'], roles: [{ from: 'user', to: 'admin' }] },
    });
    // Nothing was even begun for them.
    expect([...(await journalOf(run)).intents.keys()]).toEqual([10]);
  });

  it('a live dry run says the same', async () => {
    const { kratos, run } = await given('update', { dryRun: 'live' });
    await attempt(run, kratos, { mode: 'update' });
    const rows = await outcomes(run);
    expect(rows.map(({ outcome }) => outcome)).toEqual([
      ...Array<string>(8).fill('left_alone'),
      'would_update',
    ]);
    expect(rows.slice(0, 8).map(({ codes }) => codes)).toEqual(CODES);
  });

  it('what is allowed is done, and users outside are left alone all the same', async () => {
    const allow = ['activate', 'change-address', 'change-identifier'];
    const { kratos, run } = await given('update', { allow });
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({
      left_alone: 3,
      updated: 6,
    });
    expect(kratos.byEmail('blocked@example.com')?.[1]).toMatchObject({ state: 'active' });
    expect(kratos.byEmail('numbered@example.com')?.[1]).toMatchObject({ externalId: 'e-2' });
  });
});

describe.each(['skip', 'update'] as const)('of a user outside, in %s mode,', (mode) => {
  it.each([
    ['other.tenant', false],
    ['other.schema', false],
    // A user without a tenant is nobody else's: what an earlier import owes them, they get.
    ['no.tenant', true],
  ])('%s: whether the id is told, and a due invitation goes out: %s', async (name, isTold) => {
    const { kratos, run } = await given(mode);
    const [id, identity] = kratos.byEmail(`${name}@example.com`)!;
    const invitation = { dueSince: '2026-11-01T00:00:00Z' };
    identity.metadataAdmin = { [ORIGIN_KEY]: { workflowId: 'earlier', runId: 'r', invitation } };
    const { due } = await attempt(run, kratos, { mode });
    expect(due).toBe(isTold ? 1 : 0);
    const row = (await outcomes(run)).find(({ email }) => email.startsWith(name));
    expect(row).toMatchObject({
      outcome: mode === 'skip' ? 'skipped' : 'left_alone',
      invitation: isTold ? 'due' : 'none',
    });
    expect(row?.identityId).toBe(isTold ? id : undefined);
  });

  it('a live dry run tells no id either', async () => {
    const { kratos, run } = await given(mode, { dryRun: 'live' });
    await attempt(run, kratos, { mode });
    const rows = await outcomes(run);
    expect(rows.map(({ identityId }) => identityId !== undefined)).toEqual([
      false,
      true,
      false,
      ...Array<boolean>(6).fill(true),
    ]);
  });
});

describe('a user who went out of reach while they were changed', () => {
  const ROW = 'email,role,tenant_id\nmine@example.com,admin,t1\n';

  /** The first attempt dies before or after its change; an admin moves the user to another tenant; a second attempt. */
  async function movedAfter(when: 'beforeRequest' | 'afterRequest') {
    const kratos = new KratosInMemory({ schemas: [SCHEMA] });
    const id = kratos.store(user('mine'));
    const run = await PlannedRun.of(ROW, { kratos, tenants: ['t1'], input: { mode: 'update' } });
    const control = new AbortController();
    kratos[when] = (request) => {
      if (request !== 'update') return;
      control.abort();
      throw new Error('died');
    };
    const signal = control.signal;
    await expect(attempt(run, kratos, { mode: 'update', signal })).rejects.toThrow();
    kratos[when] = () => undefined;
    kratos.identities.get(id)!.traits['tenant_id'] = 't2';
    const counts = await attempt(run, kratos, { mode: 'update' });
    return { counts, row: (await outcomes(run))[0]!, now: kratos.identities.get(id)!.traits };
  }

  it('is updated, with the value from before, once the change was made', async () => {
    const { counts, row, now } = await movedAfter('afterRequest');
    expect(counts).toMatchObject({ updated: 1, left_alone: 0 });
    expect(row).toMatchObject({
      changes: [{ path: '/traits/role', before: 'user', after: 'admin' }],
    });
    expect(row.identityId).toBeDefined();
    expect(now).toMatchObject({ role: 'admin', tenant_id: 't2' });
  });

  it('is left alone when it was not made yet', async () => {
    const { counts, now } = await movedAfter('beforeRequest');
    expect(counts).toMatchObject({ updated: 0, left_alone: 1 });
    expect(now).toMatchObject({ role: 'user', tenant_id: 't2' });
  });
});
