import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOfRows, rowsOfChunk, type Cut } from '../../../../src/contract/import/chunking.js';
import { PlannedRun } from '../../../support/planned-run.js';

const cut = (most: number): fc.Arbitrary<Cut> =>
  fc.record({
    chunkSize: fc.integer({ min: 1, max: most }),
    canaryRows: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 * most })),
  });

/** The rows of every chunk, up to the last row of the file. */
function allChunks(given: Cut, rows: number): { first: number; last: number }[] {
  const chunks = [];
  for (let chunk = 1; (chunks.at(-1)?.last ?? 0) < rows; chunk++) {
    chunks.push(rowsOfChunk(chunk, given, rows));
  }
  return chunks;
}

describe('the rows of the chunks', () => {
  it('are all rows, in order, none twice, and none of them above the chunk size', () => {
    fc.assert(
      fc.property(cut(1000), fc.integer({ min: 1, max: 3000 }), (given, rows) => {
        let next = 1;
        for (const { first, last } of allChunks(given, rows)) {
          expect(first).toBe(next);
          expect(last - first + 1).toBeGreaterThanOrEqual(1);
          expect(last - first + 1).toBeLessThanOrEqual(given.chunkSize);
          next = last + 1;
        }
        expect(next).toBe(rows + 1);
      }),
    );
  });

  it('have a border right after the canary rows, and are full chunks except there and at the end', () => {
    fc.assert(
      fc.property(cut(100), fc.integer({ min: 1, max: 1000 }), (given, rows) => {
        const chunks = allChunks(given, rows);
        const canary = Math.min(given.canaryRows, rows);
        const lasts = chunks.map(({ last }) => last);
        if (canary > 0) expect(lasts).toContain(canary);
        expect(chunks).toHaveLength(chunksOfRows(given, rows));
        for (const { first, last } of chunks) {
          if (last !== canary && last !== rows) expect(last - first + 1).toBe(given.chunkSize);
        }
      }),
    );
  });

  it('are those that validation cuts', async () => {
    await fc.assert(
      fc.asyncProperty(cut(8), fc.integer({ min: 1, max: 40 }), async (given, rows) => {
        const text = Array.from({ length: rows }, (_, i) => `user${i}@example.com\n`).join('');
        const run = await PlannedRun.of(`email\n${text}`, { input: { ...given } });
        const expected = allChunks(given, rows);
        expect((await run.rowsByChunk()).map((chunk) => chunk.map(({ line }) => line - 1))).toEqual(
          expected.map(({ first, last }) =>
            Array.from({ length: last - first + 1 }, (_, i) => first + i),
          ),
        );
        expect(run.findings.chunks).toBe(expected.length);
        expect(run.findings.canaryChunks).toBe(
          expected.filter(({ last }) => last <= given.canaryRows).length,
        );
      }),
      { numRuns: 40 },
    );
  });
});
