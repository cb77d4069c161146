import { describe, expect, it } from 'vitest';
import { NO_COUNTS } from '../../../../src/contract/import/outcomes.js';
import { toProgress } from '../../../../workflows/import-users/progress.js';
import { newState, type ImportState } from '../../../../workflows/import-users/state.js';
import { findingsOf, NOW, runOf, portionOf } from './runs.js';

/** Ten rows a second. */
const samples = [
  { at: NOW, done: 0 },
  { at: NOW + 10_000, done: 100 },
];
const counts = { ...NO_COUNTS, created: 90, failed: 10, due: 20 };
const progressOf = (state: Partial<ImportState> = {}) =>
  toProgress(runOf({ samples, counts, ...state }));

describe('the progress of an import', () => {
  it('is empty before the file is validated', () => {
    const run = runOf();
    run.state = newState(run.input, new Date(NOW));
    expect(toProgress(run)).toMatchObject({
      ...{ phase: 'preflight', paused: false, ratePerSecond: null, etaSeconds: null },
      rows: { total: 0, done: 0, invalid: 0 },
      chunks: { total: 0, done: 0, inFlight: 0, allowed: 5 },
      plan: { roles: {}, warnings: [] },
    });
  });

  it('has the rows, the chunks, the rate and the plan', () => {
    const warnings = [{ code: 'byte_order_mark' as const, message: 'A BOM.' }];
    const progress = progressOf({
      ...{ findings: findingsOf({ invalid: 5, warnings }), chunksDone: 1 },
      limit: { limit: 2, successes: 0, successesNeeded: 4, decreasedAt: NOW },
    });
    expect(progress).toMatchObject({
      rows: { total: 1000, done: 100, created: 90, failed: 10, invalid: 5 },
      chunks: { total: 10, done: 1, inFlight: 0, allowed: 2 },
      ...{ ratePerSecond: 10, etaSeconds: 90 },
      plan: { roles: { user: 1000 }, warnings: ['A BOM.'] },
    });
    expect(progress.rows).not.toHaveProperty('would_create');
  });

  it('counts what would happen only in a live dry run', () => {
    const would = { ...NO_COUNTS, would_create: 7 };
    const { rows } = toProgress(runOf({ counts: would }, { dryRun: 'live' }));
    expect(rows).toMatchObject({ would_create: 7, would_update: 0, would_skip: 0, done: 7 });
  });

  it.each([
    ['stalled', { stall: 'unavailable' }, null],
    ['paused with nothing in flight', { pausedBy: ['operator'] }, null],
    ['cancelled', { cancelled: true }, null],
    ['writing the report', { phase: 'reporting' }, null],
    ['done', { phase: 'done' }, null],
  ] as [string, Partial<ImportState>, null][])(
    'has no rate and no end in sight when %s: %o',
    (_, state, rate) => {
      const progress = progressOf(state);
      expect(progress.ratePerSecond).toBe(rate);
      expect(progress.etaSeconds).toBeNull();
    },
  );

  it('has a rate, but no end in sight, when paused with chunks in flight', () => {
    const run = runOf({ samples, counts, pausedBy: ['operator'] });
    run.inFlight.add(portionOf(2));
    expect(toProgress(run)).toMatchObject({ paused: true, ratePerSecond: 10, etaSeconds: null });
  });

  it.each(['reporting', 'done'] as const)('is not paused any more when %s', (phase) => {
    expect(progressOf({ phase, pausedBy: ['token'] }).paused).toBe(false);
  });

  it('has the time left for the mails at their rate, unless they are held', () => {
    const invited = { sent: 5, failed: 1, none: 2, kept: 2 };
    const state = { phase: 'inviting', perMinute: 30, invited } as const;
    expect(progressOf(state)).toMatchObject({
      etaSeconds: 20,
      invitations: { due: 18, sent: 5, failed: 1, perMinute: 30, held: false },
    });
    expect(progressOf({ ...state, held: true }).etaSeconds).toBeNull();
  });
});
