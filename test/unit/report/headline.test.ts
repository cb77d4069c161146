import { describe, expect, it } from 'vitest';
import { headlineOf } from '../../../src/report/headline.js';
import type { Report } from '../../../src/contract/report.js';
import { noLeavers } from '../../../src/report/leavers.js';
import { inputOf } from '../../support/planned-run.js';
import { reportOf, rowsOf } from '../../support/reports.js';

const NOTHING = {
  ...{ at: '2026-11-02T10:00:00.000Z', actor: 'alice', workflowId: 'undo-i', forced: false },
  ...{ deleted: 0, restored: 0, already_deleted: 0, mailed: 0, not_reached: 0, kept: {} },
};

function headlineWith(undone: Partial<Report['undone'] & object>, ending: Report['ending']) {
  const { rows, ...report } = reportOf();
  const counts = { ...rows, created: 200, updated: 3, failed: 0, invalid: 0 };
  return headlineOf({
    ...report,
    ...{ ending, rows: counts, roleChanges: [], otherChanges: {} },
    undone: { ...NOTHING, ...undone },
  });
}

describe('the headline of an import that was undone', () => {
  it('says first what the undo did, and then what the import had done', () => {
    expect(headlineWith({ deleted: 200, restored: 3 }, 'done')).toEqual({
      mood: 'neutral',
      state: 'Undone',
      title: '200 users deleted, 3 users restored; before that: 200 users created, 3 updated',
    });
    expect(headlineWith({ deleted: 199, already_deleted: 1, restored: 3 }, 'cancelled').title).toBe(
      '199 users deleted, 3 users restored, 1 user found deleted; before that, cancelled: 200 users created, 3 updated',
    );
  });

  it('says of one that was undone in part what is left', () => {
    const kept = { changed: { count: 4, lines: [2, 3] }, logged_in: { count: 1, lines: [9] } };
    const { mood, state, title } = headlineWith({ deleted: 100, not_reached: 98, kept }, 'done');
    expect([mood, state]).toEqual(['mixed', 'Partly undone']);
    expect(title).toMatch(/^100 users deleted, 5 users kept, 98 users not reached; before that: /);
  });

  it('keeps what it was where the undo changed nobody', () => {
    const kept = { logged_in: { count: 203, lines: [2] } };
    expect(headlineWith({ kept }, 'done')).toMatchObject({
      state: 'Done',
      title: '200 users created, 3 updated; an undo left all 203 users as they are',
    });
  });
});

describe('the headline of a run of a source', () => {
  const titleOf = (rows: Partial<Report['rows']>, keys: Partial<Report> = {}) => {
    const plain = { roleChanges: [], otherChanges: {} };
    return headlineOf(reportOf({ ...plain, rows: rowsOf({ total: 9, ...rows }), ...keys }));
  };
  const leavers = { ...noLeavers(), deactivated: 4 };

  it.each<[Partial<Report['rows']>, Partial<Report>, string]>([
    [{ created: 2, updated: 3 }, { leavers }, '2 users created, 3 updated, 4 deactivated'],
    [{ unchanged: 9 }, { leavers }, '4 users deactivated'],
    [{ deactivated: 1, deleted: 2 }, { leavers }, '5 users deactivated, 2 deleted'],
    [
      { unchanged: 9 },
      { leavers: { ...noLeavers(), missing: 1 } },
      'All users in the file existed already; 1 user of the source not in the file',
    ],
  ])('says who has left: %j', (rows, keys, title) => {
    expect(titleOf(rows, keys)).toMatchObject({ state: 'Done', title });
  });

  it('needs a closer look where somebody could not leave', () => {
    const failed = { leavers: { ...leavers, failed: 1 } };
    expect(titleOf({ unchanged: 9 }, failed)).toMatchObject({
      ...{ mood: 'mixed', state: 'Done, with rows left out' },
    });
  });

  it('says of a live dry run who would leave', () => {
    const live = { ending: 'dry-run' as const, settings: inputOf({ dryRun: 'live' }) };
    const would = { ...live, leavers: { ...noLeavers(), would_deactivate: 4, would_delete: 1 } };
    expect(titleOf({ would_create: 2 }, would).title).toBe(
      '2 users would be created, 4 deactivated, 1 deleted',
    );
    expect(titleOf({ unchanged: 9 }, live).title).toBe('No user would be created or updated');
  });

  it('names the run whose file it was', () => {
    const unchangedSince = { workflowId: 'hr-yesterday', runId: 'x' };
    expect(titleOf({ total: 0 }, { ending: 'unchanged', unchangedSince })).toEqual({
      ...{ mood: 'good', state: 'Unchanged' },
      title: 'The file is that of hr-yesterday: nothing was done',
    });
  });
});
