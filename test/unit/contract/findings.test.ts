import { describe, expect, it } from 'vitest';
import { addCodes, describeCodes } from '../../../src/contract/findings.js';
import { chunkWorkflowId, WORKFLOW_ID_PATTERN } from '../../../src/contract/ids.js';
import {
  addCounts,
  NO_COUNTS,
  processedIn,
  rowsIn,
  summarize,
} from '../../../src/contract/import/outcomes.js';

describe('describing codes', () => {
  it('gives each its count and lines', () => {
    expect(
      describeCodes({
        invalid_email: { count: 1, lines: [4] },
        invalid_role: { count: 3, lines: [4, 9, 17] },
      }),
    ).toEqual(['invalid_email: 1 row (line 4)', 'invalid_role: 3 rows (lines 4, 9, 17)']);
  });

  it('says that there are more lines than it names', () => {
    expect(describeCodes({ invalid_email: { count: 50, lines: [2, 3] } })).toEqual([
      'invalid_email: 50 rows (lines 2, 3, …)',
    ]);
  });
});

describe('workflow ids', () => {
  it.each(['import-2026-11', 'a', '..a', 'A_b.c-9', 'x'.repeat(200)])('may be %s', (id) => {
    expect(id).toMatch(WORKFLOW_ID_PATTERN);
  });

  it.each(['', '.', '..', '...', 'a/b', 'a b', '../x', 'é', 'a\n', 'x'.repeat(201)])(
    'may not be %j, which names no folder of its own',
    (id) => {
      expect(id).not.toMatch(WORKFLOW_ID_PATTERN);
    },
  );

  it('of chunks are not those of imports, and differ from run to run', () => {
    const run = { workflowId: 'import-1', runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
    expect(chunkWorkflowId(run, 3)).toBe('import-1/e07fc1f90ae7/chunk-3');
    expect(chunkWorkflowId(run, 3)).not.toMatch(WORKFLOW_ID_PATTERN);
  });
});

describe('counters', () => {
  it('add up, and say how many rows they count', () => {
    const a = { ...NO_COUNTS, created: 1, skipped: 2, failed: 3, invalid: 4, due: 1 };
    const b = { ...NO_COUNTS, created: 10, skipped: 20, failed: 30, invalid: 40, updated: 50 };
    const sum = { created: 11, skipped: 22, failed: 33, invalid: 44, updated: 50, due: 1 };
    expect(addCounts(a, b)).toEqual({ ...NO_COUNTS, ...sum });
    expect([rowsIn(NO_COUNTS), rowsIn(a), rowsIn(b)]).toEqual([0, 10, 150]);
  });

  it('count apart the rows that Kratos was asked about', () => {
    const counts = { ...NO_COUNTS, created: 1, failed: 2, would_skip: 3, invalid: 4, due: 1 };
    expect(processedIn(counts)).toBe(6);
  });

  it('count the outcomes of rows, and the users due an invitation', () => {
    const row = { line: 2, email: 'ann@example.com', invitation: 'none' as const };
    expect(
      summarize([
        { ...row, outcome: 'created', invitation: 'due' },
        { ...row, outcome: 'created' },
        { ...row, outcome: 'updated' },
        { ...row, outcome: 'would_create' },
        { ...row, outcome: 'invalid' },
        // No chunk has these two; the report adds them.
        { ...row, outcome: 'undecided' },
        { ...row, outcome: 'unprocessed' },
      ]).counts,
    ).toEqual({ ...NO_COUNTS, created: 2, updated: 1, would_create: 1, invalid: 1, due: 1 });
  });

  it('have the codes of the rows that failed, and of no others', () => {
    const row = { email: 'ann@example.com', invitation: 'none' as const };
    expect(
      summarize([
        { ...row, line: 2, outcome: 'failed', codes: ['rejected'] },
        { ...row, line: 3, outcome: 'invalid', codes: ['invalid_role'] },
        { ...row, line: 4, outcome: 'failed', codes: ['rejected'] },
      ]).errors,
    ).toEqual({ rejected: { count: 2, lines: [2, 4] } });
  });
});

describe('adding up codes', () => {
  it('keeps the first 20 lines of both, and counts all', () => {
    const even = Array.from({ length: 20 }, (_, i) => 2 * i);
    const odd = even.map((line) => line + 1);
    const { rejected, schema_violation } = addCodes<'rejected' | 'schema_violation'>(
      { rejected: { count: 30, lines: even } },
      { rejected: { count: 20, lines: odd }, schema_violation: { count: 1, lines: [7] } },
    );
    expect(rejected).toEqual({ count: 50, lines: Array.from({ length: 20 }, (_, i) => i) });
    expect(schema_violation).toEqual({ count: 1, lines: [7] });
  });
});
