/** A request that a gateway lets through, and whose answer it blocks each time. */
import { expect, it } from 'vitest';
import { ABSENT_IDENTITY, KratosError } from '../../../src/kratos/kratos.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, outcomes } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

/** Blocks every answer to one kind of request, and lets the request through or not. */
function behindGateway(kind: 'createBatch' | 'update', letsThrough: boolean): KratosInMemory {
  const kratos = new KratosInMemory();
  const carryOut = kratos[kind].bind(kratos) as (...args: unknown[]) => Promise<unknown>;
  kratos[kind] = async (...args: unknown[]) => {
    // The probes concern nobody.
    if (args[0] === ABSENT_IDENTITY) return undefined as never;
    if (letsThrough) await carryOut(...args).catch(() => undefined);
    throw new KratosError('blocked', 'x', { status: 403 });
  };
  return kratos;
}

const ONE = 'email,first_name,initial_password\nann@example.com,Ann,long enough\n';
const rejected = {
  outcome: 'failed',
  codes: ['rejected'],
  reason: expect.stringContaining('firewall') as string,
};

it('counts a user who was created all the same as created, with what its undo needs', async () => {
  const kratos = behindGateway('createBatch', true);
  const run = await PlannedRun.of(ONE, { kratos });
  await attempt(run, kratos);
  const [id] = kratos.byEmail('ann@example.com')!;
  const [outcome] = await outcomes(run);
  expect(outcome).toMatchObject({ outcome: 'created', identityId: id, invitation: 'none' });
  expect(outcome).toHaveProperty('after');
});

it('fails the row whose user was not created, or is somebody else’s', async () => {
  const kratos = behindGateway('createBatch', false);
  const run = await PlannedRun.of(ONE, { kratos });
  await attempt(run, kratos);
  expect(await outcomes(run)).toMatchObject([rejected]);

  const taken = behindGateway('createBatch', false);
  const other = await PlannedRun.of(ONE, { kratos: taken });
  taken.store(identityOf({ email: 'ann@example.com' }));
  await attempt(other, taken);
  expect(await outcomes(other)).toMatchObject([rejected]);
});

it.each([
  ['was made all the same as updated', true, { outcome: 'updated' }],
  ['was not made as rejected', false, rejected],
])('counts a change that %s', async (_, letsThrough, expected) => {
  const kratos = behindGateway('update', letsThrough);
  const id = kratos.store(identityOf({ email: 'ann@example.com' }));
  const run = await PlannedRun.of('email,first_name\nann@example.com,Anna\n', {
    kratos,
    input: { mode: 'update' },
  });
  await attempt(run, kratos, { mode: 'update' });
  expect(await outcomes(run)).toMatchObject([expected]);
  expect(kratos.identities.get(id)!.traits['first_name'] === 'Anna').toBe(letsThrough);
});
