import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { nextSteps } from '../../../src/report/next-steps.js';
import { inputOf } from '../../support/planned-run.js';
import { reportOf, rowsOf } from '../../support/reports.js';

const allowing = (keys: Partial<Report>) =>
  nextSteps(reportOf(keys)).filter(({ command }) => command.includes('--allow'));

describe('after an update that left users alone, the next step', () => {
  const one = { count: 1, lines: [2] };
  const rows = rowsOf({ total: 3, left_alone: 3 });

  it.each([false, 'live'] as const)('allows what was missing (dry run: %s)', (dryRun) => {
    const settings = inputOf({ mode: 'update', dryRun, allow: ['change-identifier'] });
    const leftAlone = { activation_not_allowed: one, address_change_not_allowed: one };
    expect(allowing({ rows, settings, leftAlone: { ...leftAlone, other_tenant: one } })).toEqual([
      {
        what: '3 rows were left alone: if the changes are meant, allow them',
        command:
          'user-import start FILE --mode update --allow change-identifier,activate,change-address',
      },
    ]);
  });

  it('is none where no option would help', () => {
    const leftAlone = { other_tenant: one, other_schema: one, no_tenant: one };
    expect(allowing({ rows, leftAlone })).toEqual([]);
  });
});
