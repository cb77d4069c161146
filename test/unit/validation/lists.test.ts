/** Schemas whose users have several addresses or phone numbers. */
import { describe, expect, it } from 'vitest';
import { createRowCheck } from '../../../src/validation/row.js';
import { EMAIL_TRAIT, PHONE_TRAIT, schemaOf } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const { json } = schemaOf(
  {},
  {
    properties: {
      emails: { type: 'array', items: EMAIL_TRAIT, maxItems: 3 },
      phones: { type: 'array', items: PHONE_TRAIT },
      ages: { type: 'array', items: { type: 'integer' } },
    },
    required: ['emails'],
  },
);
const LISTS = { id: 'default', json };

function planned(lines: string[], columns: Record<string, string>): Promise<PlannedRun> {
  const kratos = new KratosInMemory({ schemas: [LISTS] });
  const input = { columns, onInvalid: 'import-valid' };
  return PlannedRun.of(`${lines.join('\n')}\n`, { kratos, input });
}

async function rowsOf(run: PlannedRun) {
  const check = createRowCheck(run.plan);
  return (await run.rowsByChunk()).flat().map(({ cells }) => check(cells));
}

async function refusedIn(run: PlannedRun): Promise<Record<number, string>> {
  const rejected = await run.rejected();
  return Object.fromEntries(
    rejected.map(({ line, codes, reason }) => [line, `${codes.join(';')}: ${reason}`]),
  );
}

describe('a list with a column for each entry', () => {
  const columns = { second: 'traits.emails[1]', first: 'traits.emails[0]' };

  it('has the entries in their order, without gaps and repeats; its first one is the address', async () => {
    const run = await planned(
      [
        'second,first',
        'b@example.com,a@example.com',
        'c@example.com,',
        'D@example.com,d@example.com',
      ],
      columns,
    );
    expect(await refusedIn(run)).toEqual({});
    expect((await rowsOf(run)).map(({ importRow: { email, traits } }) => [email, traits])).toEqual([
      ['a@example.com', { emails: ['a@example.com', 'b@example.com'] }],
      ['c@example.com', { emails: ['c@example.com'] }],
      ['d@example.com', { emails: ['d@example.com'] }],
    ]);
  });

  it('each entry is an address, and nobody else’s', async () => {
    const run = await planned(
      [
        'second,first',
        'b@example.com,a@example.com',
        'nobody,c@example.com',
        'a@example.com,d@example.com',
        'e@example.com,B@example.com',
        'b@example.com,f@example.com',
        ',',
        'x,',
      ],
      columns,
    );
    expect(await refusedIn(run)).toEqual({
      3: 'invalid_email: the address is not an email address',
      4: 'duplicate_identifier: the trait emails is the address of line 2',
      5: 'duplicate_identifier: line 2 has the address as another identifier',
      6: 'duplicate_identifier: the trait emails is the address of line 5',
      8: 'invalid_email: the address is not an email address',
    });
  });

  it.each([
    [{ first: 'traits.emails[0]', second: 'traits.emails[0]' }],
    [{ first: 'traits.emails[0]', second: 'traits.emails' }],
    [{ first: 'traits.emails[]', second: 'traits.emails[1]' }],
  ])('no two columns give one: %j', async (twice) => {
    await expect(planned(['first,second', 'a@example.com,'], twice)).rejects.toThrow(
      /^duplicate_column: /,
    );
  });

  it('is a trait that is a list', async () => {
    const columns = { email: 'traits.emails[0]', name: 'traits.name[0]', age: 'traits.ages[0]' };
    await expect(planned(['email,name,age', 'a@example.com,,'], columns)).rejects.toThrow(
      /^unmapped_trait: .*"name" \(traits\.name\[0\]\)/,
    );
  });
});

describe('a list in one cell', () => {
  const columns = { mails: 'traits.emails[]', phones: 'traits.phones[]', ages: 'traits.ages[]' };

  it('has the entries between its separators, each of the type that the schema says', async () => {
    const run = await planned(
      [
        'mails,phones,ages',
        '"a@example.com, b@example.com",+14155552671; +4917667111638,1;2',
        'c@example.com,,',
      ],
      columns,
    );
    expect(await refusedIn(run)).toEqual({});
    expect((await rowsOf(run)).map(({ importRow: { email, traits } }) => [email, traits])).toEqual([
      [
        'a@example.com',
        {
          emails: ['a@example.com', 'b@example.com'],
          phones: ['+14155552671', '+4917667111638'],
          ages: [1, 2],
        },
      ],
      ['c@example.com', { emails: ['c@example.com'] }],
    ]);
  });

  it('is refused for one entry that is wrong, and for one that another row has', async () => {
    const run = await planned(
      [
        'mails,phones,ages',
        'a@example.com,+14155552671;+4917667111638,',
        'b@example.com,+14155552671;12,',
        'c@example.com,+4917667111638,x',
        'd@example.com;e@example.com;f@example.com;g@example.com,,',
      ],
      columns,
    );
    expect(await refusedIn(run)).toEqual({
      3: expect.stringMatching(
        /^schema_violation;duplicate_identifier: the trait phones must match format "tel"/,
      ) as string,
      4: expect.stringMatching(/^schema_violation;duplicate_identifier: the trait ages /) as string,
      5: expect.stringMatching(/^schema_violation: the trait emails /) as string,
    });
  });
});
