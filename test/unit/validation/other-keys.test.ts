/** Files of people who have no address, and are known by a user name or a phone number. */
import { describe, expect, it } from 'vitest';
import type { IdentitySchema } from '../../../src/identity/schema.js';
import { PHONE_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const TRAITS = { username: USERNAME_TRAIT, phone: PHONE_TRAIT };
const OPTIONAL = schemaOf(TRAITS, { required: [] });
const COLUMNS = { username: 'traits.username', phone: 'traits.phone' };

function planned(lines: string[], schema: IdentitySchema = OPTIONAL): Promise<PlannedRun> {
  const names = lines[0]!.split(',');
  const columns = Object.fromEntries(Object.entries(COLUMNS).filter(([to]) => names.includes(to)));
  const kratos = new KratosInMemory({ schemas: [schema] });
  return PlannedRun.of(`${lines.join('\n')}\n`, { kratos, input: { columns } });
}

async function refusedIn(...given: Parameters<typeof planned>): Promise<Record<number, string>> {
  const rejected = await (await planned(...given)).rejected();
  return Object.fromEntries(
    rejected.map(({ line, codes, reason }) => [line, `${codes.join(';')}: ${reason}`]),
  );
}

describe('a row without an address', () => {
  it('is valid where the schema has another identifier that the row has', async () => {
    const lines = ['email,username,phone', ',ann,', ',,+14155552671', 'cleo@example.com,,', ',,'];
    expect(await refusedIn(lines)).toEqual({});
    expect(await refusedIn([...lines.slice(0, 4), ' ,, '])).toEqual({});
  });

  it('is refused where it has none of them', async () => {
    expect(await refusedIn(['email,username,phone,state', ',,,active'])).toEqual({
      2: 'missing_email: the row has no address, and no username, phone',
    });
    expect(await refusedIn(['username,phone,state', ',,active'])).toEqual({
      2: 'missing_email: the row has no identifier: username, phone',
    });
  });

  it('is refused where a word for no value stands in their places', async () => {
    expect(await refusedIn(['email,username,phone', ',NULL,', ',N/A,+14155552671'])).toEqual({
      2: 'missing_email: the row has no address, and no username, phone',
    });
  });

  it('is refused where the schema requires the address, or the file has no other identifier', async () => {
    const refused = { 2: 'missing_email: the row has no address' };
    expect(await refusedIn(['email,username', ',ann'], schemaOf(TRAITS))).toEqual(refused);
    expect(await refusedIn(['email,state', ',active'])).toEqual(refused);
  });

  it('may not have the key of another row, however it is written, or of one with an address', async () => {
    const refused = await refusedIn([
      'email,username,phone',
      ',ann,',
      ',ANN ,',
      'ben@example.com,ann,',
      ',,+14155552671',
      ',,+1 415 555-2671',
      ',dora,',
      'dora@example.com,dora,',
      'eve@example.com,eve,',
      ',eve,',
      ',fay@example.com,',
      'fay@example.com,,',
    ]);
    expect(refused).toEqual({
      3: 'duplicate_identifier: the trait username is an identifier of line 2',
      4: 'duplicate_identifier: the trait username is an identifier of line 2',
      6: 'duplicate_identifier: the trait phone is an identifier of line 5',
      8: 'duplicate_identifier: the trait username is an identifier of line 7',
      10: 'duplicate_identifier: the trait username is an identifier of line 9',
      12: 'duplicate_email: line 11 has the same address',
    });
  });
});

describe('a file without a column for addresses', () => {
  it('is taken where the schema has another identifier that a column holds', async () => {
    expect(await refusedIn(['username', 'ann', 'ben'])).toEqual({});
    expect(await refusedIn(['phone', '+14155552671', '12'])).toEqual({
      3: 'schema_violation: the trait phone must match format "tel"',
    });
  });

  it.each([
    ['the schema requires the address', ['username', 'ann'], schemaOf(TRAITS)],
    ['no column holds an identifier', ['state', 'active'], OPTIONAL],
    ['the schema has no other identifier', ['state', 'active'], schemaOf({}, { required: [] })],
  ])('is refused where %s', async (_why, lines, schema) => {
    await expect(planned(lines, schema)).rejects.toThrow(/^missing_email_column: no column holds/);
  });

  it('is told of the other way where there is one', async () => {
    await expect(planned(['state', 'active'])).rejects.toThrow(
      'Where users have none, map another identifier: "columns": {"<its name>":"traits.username"}',
    );
  });
});
