import { describe, expect, it } from 'vitest';
import { renderUndoDetails } from '../../../src/progress/undo-details.js';
import { runOf } from '../workflows/undo-import/runs.js';
import { toProgress } from '../../../workflows/undo-import/state.js';

const AT = '2026-11-02T10:00:00.000Z';

/** The details of an undo with these notices, which whoever may signal it can send. */
function detailsWith(texts: string[]): string {
  const notices = texts.map((text) => ({ at: AT, text }));
  return renderUndoDetails(toProgress(runOf({ notices })), 'undo-import-1');
}

describe('the details of an undo in the Temporal UI', () => {
  it('stay below the 20,000 bytes that Temporal takes, however long its notices are', () => {
    const texts = Array.from({ length: 50 }, () => '漢'.repeat(1_000));
    expect(Buffer.byteLength(detailsWith(texts))).toBeLessThan(20_000);
  });

  it('lead nowhere under another name', () => {
    const text = detailsWith(['See [the plan](https://evil.example.com).']);
    expect(text).toContain('[the plan] (https://evil.example.com)');
  });
});
