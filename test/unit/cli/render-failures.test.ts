import { describe, expect, it } from 'vitest';
import { renderFailures } from '../../../src/cli/render-failures.js';
import { renderReport } from '../../../src/cli/render-report.js';
import { textsOf } from '../../support/lines.js';
import { reportOf } from '../../support/reports.js';

const HEADING = {
  title: 'Rejected:',
  remedy: (code: string) => `Mend ${code}.`,
  rest: 'rejects.csv has each row with its reason',
};
const counted = (count: number) => ({
  count,
  lines: Array.from({ length: Math.min(20, count) }, (_, i) => i + 2),
});

describe('a list of failures', () => {
  it('has the most frequent first: how many, the first lines, what to do', () => {
    const codes = { unknown_tenant: counted(1), invalid_email: counted(1204) };
    expect(textsOf(renderFailures(codes, HEADING))).toEqual([
      'Rejected:',
      '  1,204  invalid_email   lines 2, 3, 4, 5, 6, …',
      '                         Mend invalid_email.',
      '      1  unknown_tenant  line 2',
      '                         Mend unknown_tenant.',
    ]);
  });

  it('ends after ten kinds, and says where the others are', () => {
    const codes = Object.fromEntries(
      Array.from({ length: 13 }, (_, i) => [`code_${i}`, counted(13 - i)]),
    );
    const lines = textsOf(renderFailures(codes, HEADING));
    expect(lines).toHaveLength(1 + 10 * 2 + 1);
    expect(lines.at(-1)).toBe('  … and 3 more kinds: rejects.csv has each row with its reason');
  });

  it('is none where nothing failed', () => {
    expect(renderFailures({}, HEADING)).toEqual([]);
  });

  it('fits in 80 columns, as a report does but for its paths and digests', () => {
    const lines = textsOf(renderReport(reportOf(), '/runs/x'));
    const list = lines.slice(lines.indexOf('Rejected:'));
    expect(list[1]).toBe('  30  invalid_email        lines 17, 48, 79, 110, 141, …');
    for (const line of list.filter((text) => text.startsWith('  '))) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });
});
