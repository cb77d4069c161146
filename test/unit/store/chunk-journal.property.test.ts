import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkJournal, readJournal } from '../../../src/store/chunk-journal.js';
import { MemoryStore } from '../../support/memory-store.js';

const PREFIX = 'outcomes/1-0123456789ab.journal';

/** What one of several attempts does: it looks, or writes down what it saw a user's role to be. */
const step = fc.record({
  attempt: fc.nat({ max: 2 }),
  line: fc.integer({ min: 2, max: 5 }),
  looks: fc.boolean(),
});

describe('the journal of attempts that take turns in any way', () => {
  it('has what was there before the first of them changed a user', async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const store = new MemoryStore();
      const attempts = new Map<number, ChunkJournal>();
      /** By line: what the first one to look at it wrote down before it changed the user. */
      const first = new Map<number, string>();
      for (const [i, { attempt, line, looks }] of steps.entries()) {
        const journal = attempts.get(attempt) ?? (await ChunkJournal.open(store, PREFIX));
        attempts.set(attempt, journal);
        // As an import does it: what others have written is read before anything is written.
        const { intents } = await journal.read();
        expect(new Set(intents.keys())).toEqual(new Set(first.keys()));
        if (looks) continue;
        const before = first.has(line) ? 'changed' : `before ${i}`;
        if (!first.has(line)) first.set(line, before);
        await journal.intend([{ line, changes: [{ path: '/traits/role', before, after: 'x' }] }]);
      }
      const { intents, attempts: signed } = await readJournal(store, PREFIX);
      expect(signed.size).toBe(attempts.size);
      expect([...intents].map(([line, [change]]) => [line, change!.before]).sort()).toEqual(
        [...first].sort(),
      );
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
