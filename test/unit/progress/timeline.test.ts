import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../../src/contract/report.js';
import { addEntry, NO_TIMELINE } from '../../../src/progress/timeline.js';

const add = (timeline: Timeline, text: string): Timeline =>
  addEntry(timeline, { at: '2026-11-02T09:00:00.000Z', by: 'operator', text });

describe('a timeline', () => {
  it('keeps the latest entries and counts the older ones that it has left out', () => {
    let timeline = NO_TIMELINE;
    for (let i = 1; i <= 310; i++) timeline = add(timeline, `entry ${i}`);
    expect(timeline.entries).toHaveLength(300);
    expect(timeline.entries[0]!.text).toBe('entry 11');
    expect(timeline.entries.at(-1)!.text).toBe('entry 310');
    expect(timeline.leftOut).toBe(10);
  });

  it('cuts an entry that is too long', () => {
    expect(add(NO_TIMELINE, 'x'.repeat(5000)).entries[0]!.text).toHaveLength(300);
  });
});
