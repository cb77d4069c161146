import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeFields,
  MOST_CHANGED_ROWS,
  sampleOf,
  type ChangedRow,
} from '../../../../src/contract/import/changed-rows.js';

const KINDS = [
  [{ path: 'traits.role', from: 'user', to: 'admin' }],
  [{ path: 'traits.role', from: 'admin', to: 'user' }],
  [{ path: 'traits.name.first' }],
  [{ path: 'traits.name.first' }, { path: 'state' }],
];

const changedRows = fc
  .array(fc.nat(KINDS.length - 1), { maxLength: 200 })
  .map((kinds) => kinds.map((kind, i) => ({ ...rowAt(i), fields: KINDS[kind]! })));

function rowAt(line: number): Omit<ChangedRow, 'fields'> {
  return { line, identityId: `id-${line}` };
}

const kindsIn = (rows: ChangedRow[]) => new Set(rows.map(({ fields }) => JSON.stringify(fields)));

describe('a sample of changed rows', () => {
  it('has as many rows as there is room for, in file order, of every kind', () => {
    fc.assert(
      fc.property(changedRows, (rows) => {
        const sample = sampleOf(rows);
        expect(sample).toHaveLength(Math.min(rows.length, MOST_CHANGED_ROWS));
        expect(rows.filter((row) => sample.includes(row))).toEqual(sample);
        expect(kindsIn(sample)).toEqual(kindsIn(rows));
      }),
    );
  });

  it('has every kind also when it is made of samples of the chunks, in whatever order they end', () => {
    fc.assert(
      fc.property(
        changedRows,
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (rows, size, turn) => {
          const chunks: ChangedRow[][] = [];
          for (let i = 0; i < rows.length; i += size) chunks.push(rows.slice(i, i + size));
          if (turn) chunks.reverse();
          const sample = chunks
            .map((chunk) => sampleOf(chunk, KINDS.length))
            .reduce((all, part) => sampleOf([...all, ...part]), []);
          expect(kindsIn(sample)).toEqual(kindsIn(rows));
          expect(sample.length).toBeLessThanOrEqual(MOST_CHANGED_ROWS);
        },
      ),
    );
  });
});

describe('the fields of a row in words', () => {
  it('have the values of roles and tenants, and how many more there are', () => {
    expect(
      describeFields({
        fields: [
          { path: 'traits.role', from: 'user', to: 'admin' },
          { path: 'metadata_public.tenant_id', from: '(none)', to: 'acme' },
          { path: 'traits.name.first' },
        ],
        more: 3,
      }),
    ).toBe(
      'traits.role user -> admin, metadata_public.tenant_id (none) -> acme, traits.name.first, and 3 more',
    );
  });
});
