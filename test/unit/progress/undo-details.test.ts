import { describe, expect, it } from 'vitest';
import { renderUndoDetails } from '../../../src/progress/undo-details.js';
import { renderProgressLine } from '../../../src/cli/progress-facts.js';
import { renderPlan } from '../../../src/cli/render-undo.js';
import { textsOf } from '../../support/lines.js';
import { previewOf, runOf, RUN_TO_UNDO } from '../workflows/undo-import/runs.js';
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

  it('stay below them also with a hundred runs of the longest names', () => {
    const run = {
      ...RUN_TO_UNDO,
      run: { ...RUN_TO_UNDO.run, workflowId: 'i'.repeat(200) },
      file: '漢'.repeat(1_000),
    };
    const many = Array.from({ length: 100 }, () => run);
    const notices = Array.from({ length: 50 }, () => ({ at: AT, text: '漢'.repeat(1_000) }));
    const undo = runOf({ notices, target: { runs: many, left: many, warnings: [] } });
    const left = many.map(() => ({ folder: `/runs/${'i'.repeat(200)}`, files: ['undo.csv'] }));
    const end = { title: 'Failed.', failure: 'x'.repeat(9_000), left, steps: [] };
    for (const text of [
      renderUndoDetails(toProgress(undo), 'undo-i'),
      renderUndoDetails(toProgress(undo), 'undo-i', end),
    ]) {
      expect(Buffer.byteLength(text)).toBeLessThan(20_000);
      expect(text).toContain('and 92 older ones');
    }
  });

  it('say nothing of a plan that reads as done', () => {
    for (const phase of ['previewing', 'awaiting-approval'] as const) {
      const undo = runOf({ phase, plan: previewOf({ deleted: 200, restored: 3, kept: 5 }) });
      const progress = toProgress(undo);
      const texts = [
        renderUndoDetails(progress, 'undo-import-1'),
        renderProgressLine(progress),
        ...textsOf(renderPlan(progress)),
      ];
      for (const text of texts) expect(text).not.toMatch(/\b(deleted|restored|kept) \d/);
      expect(texts.join('\n')).toContain('to delete: 200 users, to restore: 3, to keep: 5');
    }
    expect(renderProgressLine(toProgress(runOf({ plan: previewOf({ deleted: 120 }) })))).toBe(
      'reading users (nothing is changed yet), 120 of 1,000 users',
    );
  });

  it('lead nowhere under another name', () => {
    const text = detailsWith(['See [the plan](https://evil.example.com).']);
    expect(text).toContain('[the plan] (https://evil.example.com)');
  });
});
