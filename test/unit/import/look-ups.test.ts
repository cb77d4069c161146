/** A look-up costs Kratos some milliseconds of its database: none is made where the answer is known. */
import { describe, expect, it } from 'vitest';
import { KratosError } from '../../../src/kratos/kratos.js';
import type { IdentitySchema } from '../../../src/identity/schema.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, Died, outcomes } from '../../support/chunk-attempts.js';
import { personSchema, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const ROWS = 10;
const email = (n: number) => `user${n}@example.com`;
const numbers = Array.from({ length: ROWS }, (_, n) => n);
const WITH_PASSWORDS = `email,initial_password\n${numbers.map((n) => `${email(n)},long enough\n`).join('')}`;
const WITHOUT = `email\n${numbers.map((n) => `${email(n)}\n`).join('')}`;

async function given(text: string, { existing = 0, schemas = [personSchema], input = {} } = {}) {
  const kratos = new KratosInMemory({ schemas });
  for (const n of numbers.slice(0, existing)) kratos.store(identityOf({ email: email(n) }));
  return { kratos, run: await PlannedRun.of(text, { kratos, input }) };
}

const lookUps = (kratos: KratosInMemory) => kratos.requests.findByIdentifier;

describe('look-ups in skip mode', () => {
  it.each([
    ['with passwords', WITH_PASSWORDS],
    ['without', WITHOUT],
  ])('are not made when all users are new, %s', async (_what, text) => {
    const { kratos, run } = await given(text);
    expect(await attempt(run, kratos)).toMatchObject({ created: ROWS });
    expect(kratos.requests).toEqual({
      createBatch: 1,
      storedIds: 0,
      findByIdentifier: 0,
      update: 0,
    });
  });

  it('are not made for a row with a password whose user exists, since no other user can be in the way', async () => {
    const { kratos, run } = await given(WITH_PASSWORDS, { existing: 4 });
    expect(await attempt(run, kratos)).toMatchObject({ created: 6, skipped: 4 });
    expect(lookUps(kratos)).toBe(0);
    expect((await outcomes(run))[0]).toEqual({
      line: 2,
      email: email(0),
      outcome: 'skipped',
      invitation: 'none',
    });
  });

  it('are made for a row without a password whose user exists, since the user may be due an invitation', async () => {
    const { kratos, run } = await given(WITHOUT, { existing: 4 });
    expect(await attempt(run, kratos)).toMatchObject({ created: 6, skipped: 4 });
    expect(lookUps(kratos)).toBe(4);
  });

  it('are made in a second attempt, since the first may have created the users', async () => {
    const { kratos, run } = await given(WITH_PASSWORDS, { existing: 4 });
    kratos.beforeRequest = () => {
      throw new Died();
    };
    await expect(attempt(run, kratos)).rejects.toThrow(Died);
    kratos.beforeRequest = () => undefined;
    expect(await attempt(run, kratos)).toMatchObject({ created: 6, skipped: 4 });
    expect(lookUps(kratos)).toBe(4);
  });

  it.each([
    ['was lost', true, 4],
    ['was refused before the request was carried out', false, 0],
  ])('depend on the answer that %s', async (_what, answerLost, expected) => {
    const { kratos, run } = await given(WITH_PASSWORDS, { existing: 4 });
    let times = 0;
    kratos.beforeRequest = () => {
      if (times++ === 0) throw new KratosError('unavailable', 'x', { answerLost });
    };
    expect(await attempt(run, kratos)).toMatchObject({ created: 6, skipped: 4 });
    expect(lookUps(kratos)).toBe(expected);
  });

  it.each<[what: string, schemas: IdentitySchema[]]>([
    ['the schema has a user name', [schemaOf({ username: USERNAME_TRAIT })]],
    [
      'another schema has one',
      [personSchema, { ...schemaOf({ username: USERNAME_TRAIT }), id: 'other' }],
    ],
  ])('are made when another user can be in the way: %s', async (_what, schemas) => {
    const { kratos, run } = await given(WITH_PASSWORDS, { existing: 4, schemas });
    expect(await attempt(run, kratos)).toMatchObject({ created: 6, skipped: 4 });
    expect(lookUps(kratos)).toBe(4);
  });

  it('are made when the file gives external ids, which other users may have', async () => {
    const text = WITH_PASSWORDS.replace(/\n$/, '').replace(/^.*$/gm, (line, at) =>
      at === 0 ? `${line},external_id` : `${line},e-${at}`,
    );
    const { kratos, run } = await given(`${text}\n`, { existing: 4 });
    expect(await attempt(run, kratos)).toMatchObject({ created: 6, skipped: 4 });
    expect(lookUps(kratos)).toBe(4);
  });

  it('find that a row cannot be imported whose external id another user has', async () => {
    const { kratos, run } = await given('email,external_id\nuser0@example.com,e-1\n');
    kratos.store({ ...identityOf({ email: 'other@example.com' }), externalId: 'e-1' });
    await attempt(run, kratos);
    expect(await outcomes(run)).toMatchObject([
      { outcome: 'failed', codes: ['identifier_conflict'] },
    ]);
  });
});

describe('look-ups in update mode', () => {
  it.each([
    ['with passwords', WITH_PASSWORDS],
    ['without', WITHOUT],
  ])('are made for each row, %s', async (_what, text) => {
    const { kratos, run } = await given(text, { existing: 4 });
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({
      created: 6,
      unchanged: 4,
    });
    expect(lookUps(kratos)).toBe(ROWS);
    expect(kratos.requests.createBatch).toBe(1);
  });
});
