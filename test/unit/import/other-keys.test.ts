/** Rows without an address: their users are found by what they are known by, as others are by the address. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { attempt, Died, outcomes } from '../../support/chunk-attempts.js';
import { identityOf } from '../../support/candidates.js';
import { ListedKratos } from '../../support/existing-user-hints.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

const schemas = [
  schemaOf(
    { username: USERNAME_TRAIT, phone: PHONE_TRAIT, first_name: { type: 'string' } },
    { required: [] },
  ),
];
const COLUMNS = { username: 'traits.username', phone: 'traits.phone' };

function planned(lines: string[], kratos: KratosInMemory, input: Given['input'] = {}) {
  const columns = lines[0]!.includes('phone') ? COLUMNS : { username: COLUMNS.username };
  return PlannedRun.of(`${lines.join('\n')}\n`, {
    kratos,
    input: { columns, chunkSize: 1000, ...input },
  });
}

const HEADER = 'email,username,first_name,initial_password';

/** A user whom another program made. */
const userOf = (traits: Record<string, string>) => ({ ...identityOf({ email: '' }), traits });

describe('a row without an address', () => {
  it('is the user who has its user name, in whatever case, with an address or without', async () => {
    const kratos = new KratosInMemory({ schemas });
    kratos.store(userOf({ username: 'Ann', first_name: 'Old' }));
    kratos.store(userOf({ username: 'ben', email: 'ben@example.com', first_name: 'Old' }));
    const run = await planned([HEADER, ',ann,New,', ',ben,New,'], kratos);
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ updated: 2 });
    const names = [...kratos.identities.values()].map(({ traits }) => traits);
    expect(names).toEqual([
      { username: 'Ann', first_name: 'New' },
      { username: 'ben', email: 'ben@example.com', first_name: 'New' },
    ]);
  });

  it('is not the user whose address is its user name', async () => {
    const kratos = new KratosInMemory({ schemas });
    kratos.store(userOf({ email: 'ann@example.com', first_name: 'Old' }));
    const run = await planned([HEADER, ',ann@example.com,New,'], kratos);
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ failed: 1 });
    expect((await outcomes(run))[0]).toMatchObject({
      ...{ email: '', identifier: 'ann@example.com', codes: ['identifier_conflict'] },
    });
  });

  it('with an address, is not the user who has only its user name', async () => {
    const kratos = new KratosInMemory({ schemas });
    kratos.store(userOf({ username: 'ann' }));
    const run = await planned([HEADER, 'ann@example.com,ann,,'], kratos);
    expect(await attempt(run, kratos)).toMatchObject({ failed: 1 });
  });

  it('is created once, also by the attempt after one that died when it had created it', async () => {
    const kratos = new KratosInMemory({ schemas });
    const lines = Array.from({ length: 20 }, (_, i) => `,user${i},,${i % 2 ? 'Long enough' : ''}`);
    const run = await planned([HEADER, ...lines], kratos);
    kratos.afterRequest = (request) => {
      if (request === 'createBatch') throw new Died();
    };
    await expect(attempt(run, kratos)).rejects.toThrow();
    kratos.afterRequest = () => undefined;
    expect(await attempt(run, kratos, { number: 2 })).toMatchObject({ created: 20, due: 10 });
    expect(kratos.identities.size).toBe(20);
  });

  it('is due no invitation where its user gets codes by SMS', async () => {
    const kratos = new KratosInMemory({ schemas });
    const run = await planned(
      ['email,username,phone', ',,+14155552671', ',ann,+14155552672', ',ben,'].concat(
        'cleo@example.com,,+14155552673',
      ),
      kratos,
    );
    expect(await attempt(run, kratos)).toMatchObject({ created: 4, due: 2 });
    const due = (await outcomes(run)).map(({ invitation }) => invitation);
    expect(due).toEqual(['none', 'none', 'due', 'due']);
    const origins = [...kratos.identities.values()].map(({ metadataAdmin }) => metadataAdmin);
    expect(origins.map((origin) => JSON.stringify(origin).includes('dueSince'))).toEqual([
      ...[false, false, true, true],
    ]);
  });

  it('has its user foreseen where all users are listed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const kratos = new ListedKratos({ schemas }, { lookUpMs: 5, pageMs: 40 });
    const lines = Array.from({ length: 400 }, (_, i) => `,user${i},,Long enough`);
    for (let i = 0; i < 400; i++) kratos.store(userOf({ username: `User${i}` }));
    const run = await planned([HEADER, ...lines], kratos);
    kratos.requests.findByIdentifier = 0;
    expect(await attempt(run, kratos)).toMatchObject({ skipped: 400 });
    expect(kratos.requests).toMatchObject({ findByIdentifier: 0, createBatch: 0 });
  });
});

describe('whether an address is verified', () => {
  it('is what the row says, else what the import says', async () => {
    const verified = async (input: Given['input']) => {
      const kratos = new KratosInMemory({ schemas });
      const columns = { checked: 'email_verified', username: 'traits.username' };
      const lines = ['email,username,checked', 'a@example.com,,yes', 'b@example.com,,no'];
      const more = ['C@example.com,,', ',dora,true', ''];
      const text = [...lines, ...more].join('\n');
      const run = await PlannedRun.of(text, { kratos, input: { columns, ...input } });
      await attempt(run, kratos);
      return [...kratos.identities.values()].map(({ verifiedEmails }) => verifiedEmails);
    };
    expect(await verified({})).toEqual([['a@example.com'], [], [], []]);
    expect(await verified({ markEmailVerified: true })).toEqual([
      ['a@example.com'],
      [],
      ['c@example.com'],
      [],
    ]);
  });
});
