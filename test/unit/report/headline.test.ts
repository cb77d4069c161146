import { describe, expect, it } from 'vitest';
import { headlineOf } from '../../../src/report/headline.js';
import type { Report } from '../../../src/contract/report.js';
import { reportOf } from '../../support/reports.js';

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
