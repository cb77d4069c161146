import { describe, expect, it } from 'vitest';
import { needsSomebody } from '../../../src/notify/needs.js';
import type { Report } from '../../../src/contract/report.js';
import { OUTCOMES } from '../../../src/contract/import/outcomes.js';

const NO_ROWS = Object.fromEntries(
  [...OUTCOMES, 'total'].map((name) => [name, 0]),
) as Report['rows'];

const ended = (
  ending: Report['ending'],
  rows: Partial<Report['rows']> = {},
  leavers?: Partial<Report['leavers']>,
) => ({
  ending,
  rows: { ...NO_ROWS, ...rows },
  ...(leavers && { leavers: leavers as NonNullable<Report['leavers']> }),
});

const NIGHT = { lastOpen: 3, isAnyLost: false };

describe('the end of a run needs somebody', () => {
  it.each([ended('done'), ended('dry-run'), ended('failed')])(
    'where the run is of no source, however it ends: %j',
    (end) => {
      expect(needsSomebody(end, undefined)).toBe(true);
    },
  );

  it.each([
    ['failed', ended('failed'), true],
    ['cancelled', ended('cancelled'), true],
    ['not valid', ended('validation-failed'), true],
    ['a dry run', ended('dry-run'), true],
    ['the same file', ended('unchanged'), false],
    ['done', ended('done', { created: 20, updated: 100 }), false],
    [
      'done, with as many open rows',
      ended('done', { failed: 1, invalid: 1, left_alone: 1 }),
      false,
    ],
    ['done, with more that failed', ended('done', { failed: 4 }), true],
    ['done, with more that are invalid', ended('done', { invalid: 4 }), true],
    ['done, with more that were left alone', ended('done', { left_alone: 4 }), true],
    ['done, with more of unknown end', ended('done', { failed: 3, undecided: 1 }), true],
    ['done, and all have left', ended('done', {}, { deactivated: 9, failed: 0 }), false],
    ['done, and one could not leave', ended('done', {}, { deactivated: 9, failed: 1 }), true],
  ])('of a source that is %s: %j: %s', (_what, end, isNeeded) => {
    expect(needsSomebody(end, NIGHT)).toBe(isNeeded);
  });

  it('where it has lost a chunk, whatever the rows say', () => {
    expect(needsSomebody(ended('done'), { ...NIGHT, isAnyLost: true })).toBe(true);
  });
});
