import { describe, expect, it } from 'vitest';
import {
  allowedChunks,
  awaitApproval,
  beginPass,
  CONCURRENCY,
  isUndoneAlready,
  newState,
  nextStep,
  noteCancellation,
  recordChunk,
  toProgress,
  undoRequest,
} from '../../../../workflows/undo-import/state.js';
import { decrease, NO_LIMIT } from '../../../../src/flow-control/aimd.js';
import { countsOf, NOW, REF, runOf, TARGET, textsOf } from './runs.js';

const GOING_ON = { hasFailed: false, continueAsNewSuggested: false };

describe('the state of an undo', () => {
  it('can be carried as JSON', () => {
    const state = newState();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('says what the activities need to know', () => {
    expect(undoRequest(runOf())).toEqual({
      ...{ run: TARGET.run, undo: REF, actor: 'alice', force: false },
    });
  });
});

describe('a pass over the chunks', () => {
  it('begins with the first chunk, and counts the rate anew', () => {
    const { state } = runOf({ phase: 'preflight', nextChunk: 9, chunksDone: 8 });
    beginPass(state, 'previewing', NOW);
    expect(state).toMatchObject({
      ...{ phase: 'previewing', nextChunk: 1, chunksDone: 0, samples: [{ at: NOW, done: 0 }] },
    });
  });

  it('has a few chunks in flight', () => {
    const run = runOf();
    for (let chunk = 1; chunk <= CONCURRENCY; chunk++) {
      expect(nextStep(run, GOING_ON)).toBe('chunk');
      run.inFlight.add(chunk);
    }
    expect(nextStep(run, GOING_ON)).toBeUndefined();
  });

  it('is over after the last chunk', () => {
    expect(nextStep(runOf({ nextChunk: 11 }), GOING_ON)).toBe('over');
  });

  it.each([
    [false, { plan: { deleted: 7 }, undone: { deleted: 0 } }],
    [true, { plan: { deleted: 0 }, undone: { deleted: 7 } }],
  ])('adds the counts up: those of the undo itself once it is approved (%s)', (approved, sums) => {
    const { state } = runOf({ approved });
    recordChunk(state, countsOf({ deleted: 3, kept: 1 }), NOW);
    recordChunk(state, countsOf({ deleted: 4 }), NOW + 1000);
    expect(state).toMatchObject({ ...sums, chunksDone: 2, notices: [] });
    expect(state.samples.at(-1)).toEqual({ at: NOW + 1000, done: 8 });
  });

  it('raises the limit again', () => {
    const { state } = runOf({ limit: decrease(NO_LIMIT, CONCURRENCY, NOW) });
    expect(allowedChunks(state)).toBe(2);
    for (let chunk = 0; chunk < 4; chunk++) recordChunk(state, countsOf({}), NOW);
    expect(allowedChunks(state)).toBe(3);
  });

  it.each([
    ['unauthorized', ['It works again; the undo goes on.']],
    ['unavailable', ['It works again; the undo goes on.']],
    ['overloaded', []],
    [undefined, []],
  ] as const)('ends a stall: %s', (stall, texts) => {
    const { state } = runOf({ stall, pausedBy: ['operator', 'token'] });
    recordChunk(state, countsOf({}), NOW);
    expect(state.stall).toBeUndefined();
    expect(state.pausedBy).toEqual(['operator']);
    expect(textsOf(state)).toEqual(texts);
  });
});

describe('the plan of an undo', () => {
  it.each([
    [999, false],
    [1000, true],
  ])('of 1000 rows has nothing to approve once all are undone: %i', (undoneBefore, expected) => {
    expect(isUndoneAlready(runOf({ plan: countsOf({ undoneBefore }) }).state)).toBe(expected);
  });

  it('waits for approval', () => {
    const { state } = runOf();
    awaitApproval(state, NOW);
    expect(state.phase).toBe('awaiting-approval');
    expect(textsOf(state)).toEqual([
      'The plan is ready; nobody has been deleted or restored yet. Approve it to go on.',
    ]);
  });
});

describe('the progress of an undo', () => {
  const samples = [
    { at: NOW, done: 0 },
    { at: NOW + 10_000, done: 100 },
  ];
  const plan = countsOf({ deleted: 100 });

  it('is empty before the import is found', () => {
    expect(toProgress({ ...runOf(), state: newState() })).toMatchObject({
      ...{ phase: 'preflight', undoOf: null, forced: false, etaSeconds: null },
      ...{ rows: { total: 0, done: 0 }, chunks: { total: 0 }, plan: { warnings: [] } },
    });
  });

  it('has the rows of the pass, the chunks, the rate and the plan', () => {
    expect(toProgress(runOf({ plan, samples, chunksDone: 1 }))).toMatchObject({
      ...{ undoOf: TARGET.run, paused: false, ratePerSecond: 10, etaSeconds: 90 },
      rows: { total: 1000, done: 100 },
      chunks: { total: 10, done: 1, inFlight: 0, allowed: CONCURRENCY },
      plan: { deleted: 100, warnings: ['A warning.'] },
      undone: { deleted: 0 },
    });
  });

  it.each([
    ['paused', { pausedBy: ['operator' as const] }, true],
    ['stalled', { stall: 'unavailable' as const }, false],
    ['waiting for approval', { phase: 'awaiting-approval' as const }, false],
    ['at its end', { phase: 'reporting' as const, pausedBy: ['token' as const] }, false],
  ])('has no rate when it is %s', (_, state, paused) => {
    const progress = toProgress(runOf({ plan, samples, ...state }));
    expect(progress).toMatchObject({ paused, ratePerSecond: null, etaSeconds: null });
  });
});

describe('an undo that is cancelled', () => {
  it('promises the list of what it has done, and none after a preview, which does nothing', () => {
    const preview = runOf().state;
    noteCancellation(preview, NOW);
    expect(textsOf(preview)).toEqual([expect.stringContaining('no list is written')]);
    const undoing = runOf({ phase: 'undoing', approved: true }).state;
    noteCancellation(undoing, NOW);
    expect(textsOf(undoing)).toEqual([expect.stringContaining('then the list is written')]);
  });
});
