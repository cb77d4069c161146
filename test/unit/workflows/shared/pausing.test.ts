import { describe, expect, it } from 'vitest';
import {
  clearStall,
  endPause,
  pause,
  type Pausable,
} from '../../../../workflows/shared/pausing.js';

describe('pausing', () => {
  it('says whether a reason is new', () => {
    const state: Pausable = { pausedBy: [] };
    expect(pause(state, 'operator')).toBe(true);
    expect(pause(state, 'token')).toBe(true);
    expect(pause(state, 'operator')).toBe(false);
    expect(state.pausedBy).toEqual(['operator', 'token']);
  });

  it('ends with all its reasons, and says whether there were any', () => {
    const state: Pausable = { pausedBy: ['failures', 'token'] };
    expect(endPause(state)).toBe(true);
    expect(state.pausedBy).toEqual([]);
    expect(endPause(state)).toBe(false);
  });

  it('for the token ends with the stall, for any other reason it does not', () => {
    const state: Pausable = { pausedBy: ['token', 'operator'], stall: 'unauthorized' };
    clearStall(state);
    expect(state).toEqual({ pausedBy: ['operator'] });
  });
});
