/** Files of people with one user name, phone or external id for two rows. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attempt, outcomes } from '../../support/chunk-attempts.js';
import { identityOf } from '../../support/candidates.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { FIXTURES, PlannedRun } from '../../support/planned-run.js';

const schemas = [schemaOf({ username: USERNAME_TRAIT, phone: PHONE_TRAIT })];

function contentOf(name: string): string {
  return readFileSync(new URL(`cases/13-duplicate-identifiers/${name}.csv`, FIXTURES), 'utf8');
}

function planned(name: string, kratos = new KratosInMemory({ schemas }), more = {}) {
  const content = contentOf(name);
  const own = ['username', 'phone'].filter((column) => content.split('\n')[0]!.includes(column));
  const columns = Object.fromEntries(own.map((column) => [column, `traits.${column}`]));
  return PlannedRun.of(content, { kratos, input: { columns, ...more } });
}

const NO_NUMBER = 'schema_violation: the trait phone must match format "tel"';

describe('a file of people', () => {
  it.each<[name: string, refused: Record<number, string>]>([
    ['username', { 4: 'duplicate_identifier: the trait username is an identifier of line 2' }],
    ['username-dry', { 4: 'duplicate_identifier: the trait username is an identifier of line 2' }],
    [
      'username-is-email',
      { 3: 'duplicate_identifier: the trait username is the address of line 2' },
    ],
    ['phone', { 3: 'duplicate_identifier: the trait phone is an identifier of line 2' }],
    ['phone-dry', { 3: 'duplicate_identifier: the trait phone is an identifier of line 2' }],
    ['phone-taken', { 3: 'duplicate_identifier: the trait phone is an identifier of line 2' }],
    ['phone-formats', { 4: NO_NUMBER, 5: NO_NUMBER, 6: NO_NUMBER, 7: NO_NUMBER }],
    ['phone-formats-dry', { 4: NO_NUMBER, 5: NO_NUMBER, 6: NO_NUMBER, 7: NO_NUMBER }],
    ['external-id', { 3: 'duplicate_identifier: the external_id is an identifier of line 2' }],
    ['username-taken', {}],
    ['external-id-taken', {}],
  ])('is refused for what two rows share, and for no more: %s', async (name, refused) => {
    const run = await planned(name);
    const rejected = (await run.rejected()).map(({ line, codes, reason }) => [
      line,
      `${codes.join(';')}: ${reason}`,
    ]);
    expect(Object.fromEntries(rejected)).toEqual(refused);
  });

  it('is refused for a phone that two people sign in with as a text, however it is written', async () => {
    const kratos = new KratosInMemory({ schemas: [schemaOf({ phone: USERNAME_TRAIT })] });
    const rejected = await (await planned('phone', kratos)).rejected();
    expect(rejected.map(({ line, codes }) => [line, codes])).toEqual([
      [3, ['duplicate_identifier']],
    ]);
  });

  it.each([
    ['username-taken', 2],
    ['external-id-taken', 1],
  ])('is foreseen to fail for what others have: %s', async (name, rows) => {
    const kratos = new KratosInMemory({ schemas });
    kratos.store({
      ...identityOf({ email: 'ann.dup@example.org', username: 'anna' }),
      externalId: '1.23457E+14',
    });
    kratos.store(identityOf({ email: 'bo.dup@example.org', username: 'bo' }));
    const run = await planned(name, kratos, { dryRun: 'live' });
    await attempt(run, kratos);
    expect((await outcomes(run)).map(({ codes }) => codes)).toEqual(
      Array.from({ length: rows }, () => ['identifier_conflict']),
    );
  });
});
