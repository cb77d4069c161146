/** A look-up that a firewall refuses, for what the address looks like, costs its row alone. */
import { expect, it } from 'vitest';
import { expectUpdates } from '../../../src/import/expect-updates.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { readExistingUsers } from '../../../src/store/existing-users.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { identityOf, people } from '../../support/candidates.js';
import { attempt, outcomes } from '../../support/chunk-attempts.js';
import { importOnce } from '../../support/import-once.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

/** As it comes out of the retries. */
class BehindFirewall extends KratosInMemory {
  override findByIdentifier(identifier: string) {
    if (!identifier.includes("'or'")) return super.findByIdentifier(identifier);
    const details = { status: 403, byGateway: true };
    return Promise.reject(new KratosError('refused', 'x', details));
  }
}

const FILE = `email,first_name
ann@example.com,Ann
a'or'1'='1@example.com,Bad
ben@example.com,Ben
`;
const refused = {
  outcome: 'failed',
  codes: ['rejected'],
  reason: expect.stringContaining('firewall') as string,
};

it('in an update: the other rows are imported', async () => {
  const kratos = new BehindFirewall();
  kratos.store(identityOf({ email: 'ann@example.com' }));
  const run = await PlannedRun.of(FILE, { kratos, input: { mode: 'update' } });
  await attempt(run, kratos, { mode: 'update' });
  expect(await outcomes(run)).toMatchObject([
    { outcome: 'updated' },
    refused,
    { outcome: 'created' },
  ]);
});

it('in a live dry run: the other rows are previewed', async () => {
  const kratos = new BehindFirewall();
  const run = await PlannedRun.of(FILE, { kratos, input: { dryRun: 'live' } });
  await attempt(run, kratos);
  expect(await outcomes(run)).toMatchObject([
    { outcome: 'would_create' },
    refused,
    { outcome: 'would_create' },
  ]);
});

it('before an approval: its user is not known', async () => {
  const kratos = new BehindFirewall();
  kratos.store(identityOf({ email: 'ann@example.com' }));
  const run = await PlannedRun.of(FILE, { kratos, input: { mode: 'update' } });
  const expected = await expectUpdates(
    {
      importRoot: run.root,
      kratos,
      passwords: { hash: () => Promise.reject(new Error('hashed')), bcryptCost: 4 },
      now: () => new Date(),
    },
    { run: run.run, folder: run.folder, plan: run.plan, checkRow: createRowCheck(run.plan) },
    { mode: 'update', lookUps: 200, signal: new AbortController().signal },
    () => undefined,
  );
  expect(expected).toMatchObject({ known: 1, updated: 1 });
});

it('in the sample of a file: validation goes on', async () => {
  const kratos = new BehindFirewall();
  kratos.store(identityOf({ email: 'x@example.com' }));
  const rows = Array.from({ length: 300 }, (_, i) => `a'or'${i}@example.com\n`).join('');
  const run = await PlannedRun.of(`email\n${rows}`, { kratos });
  expect(await readExistingUsers(run, [2, 3])).toEqual(new Map());
});

it('of a created user’s hash: the user is created, without an after-image', async () => {
  const kratos = new KratosInMemory();
  const [candidate] = people(1, { password: 'long enough' });
  kratos.store(await candidate!.identity());
  kratos.get = () => Promise.reject(new KratosError('refused', 'x', { byGateway: true }));
  const [decision] = (await importOnce(kratos, [candidate!])).values();
  expect(decision).toMatchObject({ outcome: 'created' });
  expect(decision).not.toHaveProperty('after');
});
