import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../src/contract/import/progress.js';
import { addNotice } from '../../../../workflows/shared/notices.js';

const NOW = Date.parse('2026-11-02T10:00:00Z');

describe('the notices of a run', () => {
  it('have their time, and a text that repeats itself has its last time', () => {
    const state: { notices: Notice[] } = { notices: [] };
    addNotice(state, 'One.', NOW);
    addNotice(state, 'Two.', NOW + 1000);
    addNotice(state, 'Two.', NOW + 2000);
    expect(state.notices).toEqual([
      { at: '2026-11-02T10:00:00.000Z', text: 'One.' },
      { at: '2026-11-02T10:00:02.000Z', text: 'Two.' },
    ]);
  });

  it('are the latest fifty', () => {
    const state: { notices: Notice[] } = { notices: [] };
    for (let i = 1; i <= 60; i++) addNotice(state, `Notice ${i}.`, NOW);
    expect(state.notices).toHaveLength(50);
    expect(state.notices[0]!.text).toBe('Notice 11.');
  });
});
