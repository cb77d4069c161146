import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../src/cli/layout.js';
import { factsOf, type Watching } from '../../../src/cli/progress-facts.js';
import { fitProgress } from '../../../src/cli/progress-line.js';
import { IMPORT_PHASES } from '../../../src/contract/status.js';
import type { Progress } from '../../../src/contract/import/progress.js';
import { liveDryRunOf, NO_ROWS, progressOf } from '../../support/progress.js';

const COUNT = fc.integer({ min: 0, max: 10_000_000 });
const RATE = fc.option(fc.double({ min: 0.01, max: 100_000, noNaN: true }));
const PHASE = fc.constantFrom(...(Object.keys(IMPORT_PHASES) as Progress['phase'][]));

const PROGRESS = fc
  .record({
    phase: PHASE,
    paused: fc.boolean(),
    cancelling: fc.boolean(),
    rows: fc.record({
      total: COUNT,
      done: COUNT,
      created: COUNT,
      updated: COUNT,
      unchanged: COUNT,
      skipped: COUNT,
      left_alone: COUNT,
      deactivated: COUNT,
      deleted: COUNT,
      failed: COUNT,
      invalid: COUNT,
    }),
    ratePerSecond: RATE,
    etaSeconds: fc.option(COUNT),
    invitations: fc.record({
      due: COUNT,
      sent: COUNT,
      failed: COUNT,
      perMinute: fc.integer({ min: 1, max: 60_000 }),
      held: fc.boolean(),
    }),
  })
  .map(progressOf);
const WATCHING: fc.Arbitrary<Watching> = fc.record({
  rowsRead: fc.option(COUNT, { nil: undefined }),
  idleSeconds: fc.option(COUNT, { nil: undefined }),
  silence: fc.option(fc.constant('NO WORKER ANSWERS'), { nil: undefined }),
});

function lineOf(progress: Progress, width: number, watching: Watching = {}): string {
  return fitProgress(factsOf(progress, watching), width)
    .map((part) => (typeof part === 'string' ? part : part.text))
    .join('');
}

describe('a line of progress', () => {
  it('is never wider than the terminal, whatever there is to say', () => {
    fc.assert(
      fc.property(
        PROGRESS,
        WATCHING,
        fc.integer({ min: 20, max: 200 }),
        (progress, watching, width) => {
          expect(widthOf(lineOf(progress, width, watching))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('says the phase, done and total, rate and time to go first, then what went wrong, the bar last', () => {
    expect(lineOf(progressOf(), 79)).toBe(
      'importing, 4,500 of 12,000 rows, 123/s, 1 min 1 s to go, 50 failed, 150 invalid',
    );
    expect(lineOf(progressOf(), 130)).toBe(
      'importing, 4,500 of 12,000 rows, 123/s, 1 min 1 s to go, 50 failed, 150 invalid, 4,000 created, 300 skipped     [###.......]  37 %',
    );
    expect(lineOf(progressOf({ rows: { ...NO_ROWS, total: 12_000, done: 4500 } }), 79)).toBe(
      'importing, 4,500 of 12,000 rows, 123/s, 1 min 1 s to go      [###.......]  37 %',
    );
  });

  it('says it shorter where the terminal is narrow, and leaves out what has no room', () => {
    expect(lineOf(progressOf(), 45)).toBe('importing, 4,500/12,000, 123/s, 1 min 1 s');
    expect(lineOf(progressOf(), 39)).toBe('importing, 4,500/12,000, 123/s');
    expect(lineOf(progressOf({ phase: 'awaiting-approval', paused: true }), 20)).toBe(
      'PAUSED, WAITING FOR…',
    );
  });

  it('follows the mails while they go out', () => {
    const invitations = { due: 3400, sent: 1200, failed: 3, perMinute: 60, held: false };
    const inviting = progressOf({ phase: 'inviting', ratePerSecond: null, invitations });
    expect(lineOf(inviting, 79)).toBe(
      'inviting, 1,203 of 3,400 mails, 60/min, 1 min 1 s to go, 3 mails failed',
    );
    expect(lineOf(inviting, 160)).toMatch(/ \[#{7}\.{13}\] {2}35 %$/);
  });

  it('follows the validation by the rows that were read', () => {
    const quiet = { ratePerSecond: null, etaSeconds: null };
    const validating = progressOf({ ...quiet, phase: 'validating', rows: NO_ROWS });
    expect(lineOf(validating, 79)).toBe('validating');
    expect(lineOf(validating, 79, { rowsRead: 340_000 })).toBe('validating, 340,000 rows read');
  });

  it('of a live dry run is what would happen', () => {
    const quiet = { ratePerSecond: null, etaSeconds: null };
    expect(lineOf(liveDryRunOf(quiet), 79)).toBe(
      'dry run, 60 of 100 rows, 40 would create, 12 would update, 7 would skip',
    );
  });

  it('has no rate and no time to go of another time', () => {
    expect(lineOf(progressOf(), 79, { idleSeconds: 130 })).toBe(
      'importing, 4,500 of 12,000 rows, nothing new for 2 min 10 s, 50 failed',
    );
    expect(lineOf(progressOf(), 79, { silence: 'NO WORKER ANSWERS' })).toBe(
      'NO WORKER ANSWERS, importing, 4,500 of 12,000 rows, 50 failed, 150 invalid',
    );
  });

  it('says in capitals, and before all else, what needs somebody', () => {
    const begin = (keys: Partial<Progress>) => lineOf(progressOf(keys), 60).split(', 4,')[0];
    const held = { due: 9, sent: 0, failed: 0, perMinute: 60, held: true };
    expect(begin({ paused: true })).toBe('PAUSED, importing');
    expect(begin({ cancelling: true })).toBe('CANCELLING, importing');
    expect(begin({ phase: 'awaiting-approval' })).toBe('WAITING FOR APPROVAL');
    expect(begin({ phase: 'inviting', paused: true, invitations: held })).toMatch(
      /^PAUSED, HELD, inviting, /,
    );
  });
});
