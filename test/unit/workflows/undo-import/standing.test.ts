import { describe, expect, it } from 'vitest';
import { standingOf } from '../../../../workflows/undo-import/standing.js';
import { NOW, runOf } from './runs.js';

const MINUTE = 60_000;

describe('operators should know of an undo', () => {
  it('whose plan nobody has looked at five minutes after its start', () => {
    const { occasions } = standingOf(runOf({ phase: 'awaiting-approval' }), NOW);
    expect(occasions).toEqual([
      { what: 'awaiting-approval', reason: 'plan', from: NOW + 5 * MINUTE },
    ]);
  });

  it('that is paused, but not at its end', () => {
    const paused = { what: 'paused', reason: 'token' };
    expect(standingOf(runOf({ pausedBy: ['token'] }), NOW).occasions).toEqual([paused]);
    const atItsEnd = runOf({ phase: 'reporting', pausedBy: ['token'] });
    expect(standingOf(atItsEnd, NOW).occasions).toEqual([]);
  });

  it('that waits for a server', () => {
    expect(standingOf(runOf({ stall: 'unavailable' }), NOW).isStalled).toBe(true);
    expect(standingOf(runOf({ phase: 'preflight' }), NOW).isStalled).toBe(true);
    expect(standingOf(runOf({ stall: 'overloaded' }), NOW).isStalled).toBe(false);
  });
});
