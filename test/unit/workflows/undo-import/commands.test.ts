import { describe, expect, it } from 'vitest';
import {
  applyCommand,
  applyStall,
  checkCommand,
} from '../../../../workflows/undo-import/commands.js';
import { allowedChunks } from '../../../../workflows/undo-import/state.js';
import { NOW, REF, runOf, textsOf } from './runs.js';

describe('a command to an undo', () => {
  it.each([
    ['pause', {}, true, 'pause: the undo is being cancelled.'],
    ['resume', { phase: 'reporting' }, false, 'resume: the undo is writing its report.'],
    ['approve', {}, false, 'approve: nothing waits for approval.'],
  ] as const)('is refused: %s', (name, state, isCancelled, refusal) => {
    const checked = checkCommand(runOf(state).state, name, isCancelled);
    expect(checked).toEqual({ ok: false, refusal });
  });

  it('approve carries the plan out', () => {
    const { state } = runOf({ phase: 'awaiting-approval', nextChunk: 11, chunksDone: 10 });
    expect(checkCommand(state, 'approve', false)).toEqual({ ok: true, command: 'approve' });
    applyCommand(state, 'approve', NOW);
    expect(state).toMatchObject({ phase: 'undoing', approved: true, nextChunk: 1, chunksDone: 0 });
    expect(textsOf(state)).toEqual(['Approved: the import is being undone.']);
  });

  it('pause and resume are noted once', () => {
    const { state } = runOf();
    for (const name of ['resume', 'pause', 'pause', 'resume', 'resume'] as const) {
      applyCommand(state, name, NOW);
    }
    expect(state).toMatchObject({ pausedBy: [], samples: [{ at: NOW, done: 0 }] });
    expect(textsOf(state)).toEqual([
      'Paused: nothing new starts, what is in flight finishes. Go on with resume.',
      'Resumed.',
    ]);
  });
});

describe('a stall of an undo', () => {
  const report = { runId: REF.runId, kind: 'unavailable', text: 'Why.' } as const;

  it('of another run, or after all chunks have ended, is ignored', () => {
    const run = runOf();
    applyStall(run, report, NOW);
    run.inFlight.add(1);
    applyStall(run, { ...report, runId: 'run-0' }, NOW);
    expect(run.state.stall).toBeUndefined();
    expect(run.state.notices).toEqual([]);
  });

  it('of the report is taken', () => {
    const run = runOf({ phase: 'reporting' });
    applyStall(run, report, NOW);
    expect(run.state.stall).toBe('unavailable');
    expect(textsOf(run.state)).toEqual(['Why.']);
  });

  it('for too much load halves the chunks in flight', () => {
    const run = runOf();
    run.inFlight.add(1);
    applyStall(run, { ...report, kind: 'overloaded' }, NOW);
    expect(allowedChunks(run.state)).toBe(2);
    expect(run.state).toMatchObject({ stall: 'overloaded', notices: [] });
  });

  it('for the token pauses the undo', () => {
    const run = runOf();
    run.inFlight.add(1);
    applyStall(run, { ...report, kind: 'unauthorized' }, NOW);
    applyStall(run, { ...report, kind: 'unauthorized' }, NOW);
    expect(run.state.pausedBy).toEqual(['token']);
    expect(textsOf(run.state)).toEqual(['Paused. Why.', 'Why.']);
  });
});
