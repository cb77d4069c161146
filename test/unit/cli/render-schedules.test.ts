import { describe, expect, it } from 'vitest';
import {
  renderMade,
  renderSchedules,
  type ListedSchedule,
} from '../../../src/cli/render-schedules.js';

const HR: ListedSchedule = {
  name: 'nightly-hr',
  cron: '0 3 * * *',
  timeZone: 'Europe/Berlin',
  file: 'out/hr-*.csv',
  source: 'nightly-hr',
  paused: false,
  note: undefined,
  next: '2026-11-28T02:00:00.000Z',
  last: {
    workflowId: 'nightly-hr-2026-11-27T02:00:00Z',
    at: '2026-11-27T02:00:00.000Z',
    state: 'completed',
  },
  leftOut: 0,
};

function textOf(lines: ReturnType<typeof renderSchedules>): string {
  return lines.map((line) => (typeof line === 'string' ? line : line.text)).join('\n');
}

describe('the list of schedules', () => {
  it('says when, which file, whose users, what came of the last night, and the next', () => {
    expect(textOf(renderSchedules([HR]))).toBe(
      [
        'nightly-hr',
        '  0 3 * * *, Europe/Berlin; out/hr-*.csv, source nightly-hr',
        '  next 2026-11-28 02:00:00 UTC',
        '  last 2026-11-27 02:00:00 UTC: completed',
        '    user-import report nightly-hr-2026-11-27T02:00:00Z',
      ].join('\n'),
    );
  });

  it('says why one is paused, how it goes on, and how many nights were left out', () => {
    const last = { ...HR.last!, state: 'failed' };
    const paused = { ...HR, paused: true, note: 'paused due to failure', next: undefined, last };
    const text = textOf(renderSchedules([{ ...paused, leftOut: 3 }]));
    expect(text).toContain('\n  paused: paused due to failure\n');
    expect(text).toContain(
      '\n    temporal schedule toggle --schedule-id nightly-hr --unpause --reason corrected\n',
    );
    expect(text).toContain('\n  3 left out');
  });

  it('says what it can of one that was made otherwise', () => {
    const other = { ...HR, cron: undefined, file: undefined, source: undefined, last: undefined };
    expect(textOf(renderSchedules([other]))).toContain(
      "  when Temporal's pages say, Europe/Berlin; no file\n",
    );
    expect(textOf(renderSchedules([other]))).toContain('no night yet');
  });

  it('says how to make one where there is none', () => {
    expect(textOf(renderSchedules([]))).toContain('user-import schedule FILE --cron');
  });
});

describe('a schedule that was made', () => {
  it('is told with all that was filled in', () => {
    const made = { ...HR, cron: '0 3 * * *', file: 'hr.csv', actor: 'alice', mode: 'update' };
    const text = textOf(renderMade(made));
    expect(text).toContain('Made the schedule nightly-hr: 0 3 * * *, Europe/Berlin.');
    expect(text).toContain('on behalf of alice, in mode update.');
    expect(text).toContain('belong to the source nightly-hr.');
    expect(text).toContain('user-import schedule remove nightly-hr');
    expect(textOf(renderMade({ ...made, source: undefined }))).toContain('no source');
  });
});
