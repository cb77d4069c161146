import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { compare, describeComparison, isNight, nightOf } from '../../../src/report/comparison.js';
import { noLeavers } from '../../../src/report/leavers.js';
import type { Plan } from '../../../src/store/plan.js';
import { mapOf } from '../../support/candidates.js';
import { personSchema } from '../../support/identity-schemas.js';
import { nightNumber } from '../../support/nights-of-source.js';
import { inputOf } from '../../support/planned-run.js';
import { reportOf, rowsOf } from '../../support/reports.js';
import { HR } from '../../support/source-runs.js';

const NO_MAILS = { due: 0, sent: 0, failed: 0, failures: {} };
const some = (count: number) => ({ count, lines: [2] });

function nightly(keys: Partial<Report> = {}): Report {
  return reportOf({
    settings: inputOf(HR),
    invitations: NO_MAILS,
    rows: rowsOf({ total: 100, created: 4, updated: 9, unchanged: 85, deactivated: 2 }),
    notes: { returned: some(2), adopted: some(3), drift_kept: some(1), drift_overwritten: some(2) },
    leavers: { ...noLeavers(), deactivated: 5, unchanged: 1 },
    ...keys,
  });
}

function planOf(columns: string[] = ['email', 'first_name'], scope = 120): Plan {
  const findings = { sha256: 'ab'.repeat(32), source: { scope } };
  return {
    findings,
    map: mapOf(columns, { until: 'inactive_until' }, personSchema),
  } as unknown as Plan;
}

describe('a night', () => {
  it('counts users by what has become of them', () => {
    const { counts } = nightOf(nightly(), planOf());
    expect(counts).toEqual({
      ...{ new: 4, changed: 7, unchanged: 85, left: 7, returned: 2, drifted: 3, adopted: 3 },
      failed: 0,
    });
  });

  it('counts in a live dry run what would become of them, and changes no scope', () => {
    const dry = nightly({
      ending: 'dry-run',
      rows: rowsOf({ total: 9, would_create: 2, would_update: 5, would_delete: 1 }),
      leavers: { ...noLeavers(), would_deactivate: 4 },
    });
    const { counts, scope } = nightOf(dry, planOf());
    expect(counts).toMatchObject({ new: 2, changed: 3, left: 5 });
    expect(scope).toBe(120);
  });

  it('counts who is only reported as missing among those who left, and nobody as gone', () => {
    const { counts, scope } = nightOf(
      nightly({ rows: rowsOf({ total: 9 }), notes: {}, leavers: { ...noLeavers(), missing: 6 } }),
      planOf(),
    );
    expect([counts.left, scope]).toEqual([6, 120]);
  });

  it('knows how many can sign in afterwards', () => {
    // 4 created, 3 taken in, 2 back; 2 left by their row and 5 by being missing.
    expect(nightOf(nightly(), planOf()).scope).toBe(120 + 9 - 7);
  });

  it('is that of a run with all of the file, which came to its end', () => {
    expect(isNight(nightly())).toBe(true);
    const others: Partial<Report>[] = [
      { ending: 'cancelled' },
      { ending: 'unchanged' },
      { ending: 'dry-run', settings: inputOf({ ...HR, dryRun: 'live' }) },
      { settings: inputOf({ mode: 'update' }) },
      { settings: inputOf({ mode: 'update', missing: { scope: 'hr' }, retryOf: nightly().run }) },
    ];
    for (const other of others) expect(isNight(nightly(other))).toBe(false);
  });
});

describe('the same file once more', () => {
  const repeats = (keys: Partial<Report> = {}, columns?: string[]) =>
    nightOf(nightly(keys), planOf(columns)).repeats;

  it('would find nothing to do where nothing is left open', () => {
    expect(repeats()).toBe(true);
    // Whoever is only reported stays so.
    expect(repeats({ leavers: { ...noLeavers(), missing: 3 } })).toBe(true);
  });

  it.each<[string, Partial<Report>]>([
    ['a row that failed', { rows: rowsOf({ total: 9, failed: 1 }) }],
    ['a row that was not valid', { rows: rowsOf({ total: 9, invalid: 1 }) }],
    ['a user who was left alone', { rows: rowsOf({ total: 9, left_alone: 1 }) }],
    ['a user whom a change of the mode has skipped', { rows: rowsOf({ total: 9, skipped: 1 }) }],
    ['a user who could not leave', { leavers: { ...noLeavers(), failed: 1 } }],
    ['a leaver who was left alone', { leavers: { ...noLeavers(), left_alone: 1 } }],
    ['a leaver who was not reached', { leavers: { ...noLeavers(), unprocessed: 1 } }],
    ['a mail that is due', { invitations: { ...NO_MAILS, due: 1 } }],
  ])('is taken once more for %s', (_, keys) => {
    expect(repeats(keys)).toBe(false);
  });

  it('is taken once more where a time in it may have come', () => {
    expect(repeats({}, ['email', 'until'])).toBe(false);
  });
});

describe('a comparison', () => {
  const night = nightOf(nightly(), planOf());

  it('has the counts of the night before', () => {
    const last = nightNumber(3);
    expect(compare(night, last)).toMatchObject({
      ...{ source: 'hr', scope: 122, new: 4, left: 7 },
      last: { run: last.run, startedAt: last.startedAt, rows: 2003, counts: last.counts },
    });
    expect(compare(night, undefined).last).toBeUndefined();
  });

  it('is two lines', () => {
    const counts = { ...nightNumber(1).counts, new: 1234, changed: 0, left: 0, returned: 0 };
    const last = nightNumber(1, { counts });
    expect(describeComparison(compare(night, last))).toEqual([
      'Source hr: 4 new, 7 changed, 7 left, 2 returned, 3 drifted, 3 adopted, 85 unchanged. Its users who can sign in: 122.',
      'The run before, at 2026-10-06 03:00:00 UTC: 1,234 new, 0 changed, 0 left, 1 drifted, 1,900 unchanged.',
    ]);
    expect(describeComparison(compare(night, undefined))[1]).toBe(
      'It is the first run of the source.',
    );
  });
});
