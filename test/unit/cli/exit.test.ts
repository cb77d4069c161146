import { expect, it } from 'vitest';
import { EXIT, statusOf } from '../../../src/cli/exit.js';
import type { Report } from '../../../src/contract/report.js';
import { noLeavers } from '../../../src/report/leavers.js';
import { reportOf, rowsOf } from '../../support/reports.js';

const NO_MAILS = { due: 0, sent: 0, failed: 0, failures: {} };
const whole: Partial<Report> = {
  rows: rowsOf({ total: 3, updated: 2, deactivated: 1 }),
  invitations: NO_MAILS,
};

it.each<[string, Partial<Report>, number]>([
  ['all is done', {}, EXIT.done],
  ['the file is that of the last run', { ending: 'unchanged', rows: rowsOf({}) }, EXIT.done],
  [
    'all leavers have left',
    { leavers: { ...noLeavers(), deactivated: 9, unchanged: 1 } },
    EXIT.done,
  ],
  ['they are only reported', { leavers: { ...noLeavers(), missing: 9 } }, EXIT.done],
  ['a leaver could not leave', { leavers: { ...noLeavers(), failed: 1 } }, EXIT.incomplete],
  ['a leaver was left alone', { leavers: { ...noLeavers(), left_alone: 1 } }, EXIT.incomplete],
  ['leavers were not reached', { leavers: { ...noLeavers(), unprocessed: 1 } }, EXIT.incomplete],
  ['a row was rejected', { rows: rowsOf({ total: 3, failed: 1 }) }, EXIT.incomplete],
])('the exit status says whether anything is left: %s', (_, keys, status) => {
  expect(statusOf(reportOf({ ...whole, ...keys }))).toBe(status);
});
