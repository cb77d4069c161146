import { describe, expect, it } from 'vitest';
import {
  allowedChunks,
  awaitApproval,
  beginPass,
  begunRuns,
  CONCURRENCY,
  isUndoneAlready,
  laterUpdates,
  newState,
  nextStep,
  noteCancellation,
  placeOf,
  recordChunk,
  runUndone,
  summaryOf,
  toProgress,
  undoRequest,
} from '../../../../workflows/undo-import/state.js';
import type { RunToUndo } from '../../../../src/contract/undo/input.js';
import { decrease, NO_LIMIT } from '../../../../src/flow-control/aimd.js';
import { countsOf, NOW, previewOf, REF, runOf, RUN_TO_UNDO, textsOf } from './runs.js';

const GOING_ON = { hasFailed: false, continueAsNewSuggested: false };

describe('the state of an undo', () => {
  it('can be carried as JSON', () => {
    const state = newState();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('says what the activities need to know', () => {
    expect(undoRequest(runOf(), 0)).toEqual({
      ...{ run: RUN_TO_UNDO.run, undo: REF, actor: 'alice', force: false },
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
    [false, previewOf, { plan: { deleted: 7 }, undone: { deleted: 0 } }],
    [true, countsOf, { plan: { deleted: 0 }, undone: { deleted: 7 } }],
  ])(
    'adds the counts up: those of the undo itself once it is approved (%s)',
    (approved, of, sums) => {
      const { state } = runOf({ approved });
      recordChunk(state, 0, of({ deleted: 3, kept: 1 }), NOW);
      recordChunk(state, 0, of({ deleted: 4 }), NOW + 1000);
      expect(state).toMatchObject({ ...sums, chunksDone: 2, notices: [] });
      expect(state.samples.at(-1)).toEqual({ at: NOW + 1000, done: 8 });
    },
  );

  it('raises the limit again', () => {
    const { state } = runOf({ limit: decrease(NO_LIMIT, CONCURRENCY, NOW) });
    expect(allowedChunks(state)).toBe(2);
    for (let chunk = 0; chunk < 4; chunk++) recordChunk(state, 0, previewOf({}), NOW);
    expect(allowedChunks(state)).toBe(3);
  });

  it.each([
    ['unauthorized', ['It works again; the undo goes on.']],
    ['unavailable', ['It works again; the undo goes on.']],
    ['overloaded', []],
    [undefined, []],
  ] as const)('ends a stall: %s', (stall, texts) => {
    const { state } = runOf({ stall, pausedBy: ['operator', 'token'] });
    recordChunk(state, 0, previewOf({}), NOW);
    expect(state.stall).toBeUndefined();
    expect(state.pausedBy).toEqual(['operator']);
    expect(textsOf(state)).toEqual(texts);
  });
});

describe('an undo of several runs', () => {
  const run = (number: number, keys: Partial<RunToUndo>): RunToUndo => ({
    ...RUN_TO_UNDO,
    run: { workflowId: 'import-1', runId: `run-${number}` },
    ...keys,
  });
  const target = {
    runs: [
      run(1, { chunks: 2, rows: 20, updated: 3 }),
      run(2, { chunks: 1, rows: 5 }),
      run(3, { chunks: 3, rows: 30, updated: 1 }),
    ],
    ...{ left: [], warnings: [] },
  };

  it('counts the chunks of all of them through', () => {
    expect([1, 2, 3, 4, 6].map((number) => placeOf(target, number))).toEqual([
      ...[1, 2].map((chunk) => ({ index: 0, chunk })),
      { index: 1, chunk: 1 },
      ...[1, 3].map((chunk) => ({ index: 2, chunk })),
    ]);
    expect(() => placeOf(target, 7)).toThrow('no chunk 7');
  });

  it('begins with no older run before the newer one is done', () => {
    const undo = runOf({ target, nextChunk: 3 });
    undo.inFlight.add(2);
    expect(nextStep(undo, GOING_ON)).toBeUndefined();
    undo.inFlight.delete(2);
    expect(nextStep(undo, GOING_ON)).toBe('chunk');
    expect(nextStep(runOf({ target, nextChunk: 7 }), GOING_ON)).toBe('over');
  });

  it('previews an older run as it is once the updates of newer ones are put back', () => {
    const ids = (index: number) => laterUpdates(target, index).map(({ runId }) => runId);
    expect([0, 1, 2].map(ids)).toEqual([[], ['run-1'], ['run-1']]);
  });

  it('counts for all of them, and for each', () => {
    const undo = runOf({ target });
    recordChunk(undo.state, 0, previewOf({ restored: 3, deleted: 17 }), NOW);
    recordChunk(undo.state, 1, previewOf({ deleted: 2, counted: 2 }), NOW);
    recordChunk(undo.state, 1, previewOf({ deleted: 1, counted: 1 }), NOW);
    expect(toProgress(undo)).toMatchObject({
      rows: { total: 55, done: 23 },
      chunks: { total: 6 },
      plan: { deleted: 20, restored: 3, counted: 3 },
      runs: [
        { run: { runId: 'run-1' }, rows: 20, plan: { deleted: 17, restored: 3 } },
        { run: { runId: 'run-2' }, plan: { deleted: 3 }, undone: { deleted: 0 } },
        { plan: { deleted: 0 } },
      ],
    });
  });

  it.each([
    [1, 1],
    [3, 1],
    [4, 2],
    [7, 3],
  ])('writes the lists of those that it has begun: chunk %i is next', (nextChunk, expected) => {
    expect(begunRuns(runOf({ target, approved: true, nextChunk }).state)).toBe(expected);
  });

  it('says in the end what it has not reached, runs that it has not begun included', () => {
    const undo = runOf({ target, approved: true, nextChunk: 3 });
    recordChunk(undo.state, 0, countsOf({ deleted: 12 }), NOW);
    const files = { notReached: 8, folder: '/runs/1', files: ['undo.csv'] };
    const begun = [{ ...runUndone(undo.state, 0), ...files }];
    expect(summaryOf(undo, begun)).toMatchObject({
      undone: { deleted: 12 },
      notReached: 8 + 5 + 30,
      runs: [{ run: { runId: 'run-1' }, undone: { deleted: 12 }, notReached: 8 }],
    });
  });
});

describe('the plan of an undo', () => {
  it.each([
    [999, false],
    [1000, true],
  ])('of 1000 rows has nothing to approve once all are undone: %i', (undoneBefore, expected) => {
    expect(isUndoneAlready(runOf({ plan: previewOf({ undoneBefore }) }).state)).toBe(expected);
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
  const plan = previewOf({ deleted: 100 });

  it('is empty before the import is found', () => {
    expect(toProgress({ ...runOf(), state: newState() })).toMatchObject({
      ...{ phase: 'preflight', runs: [], forced: false, etaSeconds: null },
      ...{ rows: { total: 0, done: 0 }, chunks: { total: 0 }, plan: { warnings: [] } },
    });
  });

  it('has the rows of the pass, the chunks, the rate and the plan', () => {
    expect(toProgress(runOf({ plan, samples, chunksDone: 1 }))).toMatchObject({
      ...{
        undoOf: { workflowId: 'import-1', runId: null },
        paused: false,
        ratePerSecond: 10,
        etaSeconds: 90,
      },
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
