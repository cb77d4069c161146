import { describe, expect, it } from 'vitest';
import { asCsv, asJson, asTable, type ResultRow } from '../../../src/cli/render-results.js';
import { textsOf } from '../../support/lines.js';

const ID = '5b2f7a52-0c4f-4a9e-8d1a-6a0e6d7f9b11';
const NAME = { path: 'traits.first_name' };
const ROWS: ResultRow[] = [
  {
    ...{ line: 2, outcome: 'updated', identityId: ID, codes: [], invitation: 'none' },
    ...{
      email: 'ann@example.com',
      fields: [{ path: 'traits.role', from: 'user', to: 'admin' }, NAME],
    },
  },
  {
    ...{ line: 3, outcome: 'failed', codes: ['identifier_conflict'], invitation: 'none' },
    ...{ email: '=cmd()@example.com', fields: [] },
  },
  {
    ...{ line: 1_234_567, outcome: 'left_alone', identityId: ID, invitation: 'due' },
    ...{
      codes: ['address_change_not_allowed'],
      email: '',
      identifier: '+4915112345678',
      fields: [],
    },
  },
];

const ALL = { changes: true, emails: true };
const linesOf = ({ begin, row, end }: ReturnType<typeof asTable>, isCut = false) => [
  ...begin,
  ...textsOf(ROWS.flatMap(row)),
  ...end(isCut),
];

describe('what became of each row', () => {
  it('is CSV without addresses, unless they are wanted', () => {
    expect(linesOf(asCsv({}))).toEqual([
      'line,outcome,identity_id,code,invitation',
      `2,updated,${ID},,none`,
      '3,failed,,identifier_conflict,none',
      `1234567,left_alone,${ID},address_change_not_allowed,due`,
    ]);
    expect(linesOf(asCsv(ALL))).toEqual([
      'line,email,outcome,identity_id,code,invitation,changes',
      `2,ann@example.com,updated,${ID},,none,"traits.role user -> admin, traits.first_name"`,
      "3,'=cmd()@example.com,failed,,identifier_conflict,none,",
      `1234567,+4915112345678,left_alone,${ID},address_change_not_allowed,due,`,
    ]);
  });

  it('is a table that eighty columns hold', () => {
    const lines = linesOf(asTable(ALL));
    expect(lines).toEqual([
      '      line  outcome       identity                              code, invitation',
      `         2  updated       ${ID}`,
      '            ann@example.com',
      '            traits.role user -> admin, traits.first_name',
      '         3  failed        identifier_conflict',
      '            =cmd()@example.com',
      ` 1,234,567  left_alone    ${ID}`,
      '            address_change_not_allowed, due',
      '            +4915112345678',
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('is without a line for a user who is in none', () => {
    const leaver: ResultRow = {
      ...{ outcome: 'would_deactivate', identityId: ID, codes: [], invitation: 'none' },
      ...{ email: 'ann@example.com' },
    };
    expect(asCsv({ emails: true }).row(leaver)).toEqual([
      `,ann@example.com,would_deactivate,${ID},,none`,
    ]);
    // The columns stay where they are.
    expect(textsOf(asTable({}).row(leaver))).toEqual([`        would_deactivate  ${ID}`]);
    expect(JSON.parse(asJson({}).row(leaver)[0] as string)).not.toHaveProperty('line');
  });

  it('is one JSON document, which says whether there are more rows', () => {
    const run = { workflowId: 'import-1', runId: ID };
    const text = linesOf(asJson({ run, purgedAt: undefined }), true).join('\n');
    expect(JSON.parse(text)).toEqual({ run, rows: ROWS, more: true });
    const { begin, end } = asJson({ run });
    expect(JSON.parse([...begin, ...end(false)].join('\n'))).toEqual({
      run,
      rows: [],
      more: false,
    });
  });
});
