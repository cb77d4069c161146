import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { noRows } from '../../../src/report/attempts.js';
import { sumRuns, type RunOfFile } from '../../../src/report/sum-runs.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { writeOutcomes } from '../../../src/store/outcomes.js';
import { appendChunk, type ChunkRange, type Plan } from '../../../src/store/plan.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { UndoLedger } from '../../../src/store/undo-ledger.js';
import { MemoryStore } from '../../support/memory-store.js';
import { after } from '../../support/reports.js';

type Outcome = RowOutcome['outcome'];

/** One run of a file: what each chunk's rows came to; a chunk that did not end has what its journal says. */
interface Given {
  chunkSize: number;
  outcomes: Outcome[];
  ended: boolean[];
  undone: boolean;
}

/** A row has two lines: the cell of an address may hold a line break. */
const lineOf = (row: number): number => 2 + row * 2;

async function leave(store: MemoryStore, number: number, given: Given): Promise<RunOfFile> {
  const { chunkSize, outcomes, ended, undone } = given;
  const runId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const run = { workflowId: 'users', runId };
  const folder = new RunLayout(store, run);
  const chunks: ChunkRange[] = [];
  for (let start = 0; start < outcomes.length; start += chunkSize) {
    const rows = outcomes.slice(start, start + chunkSize);
    const invalid = new Set([...rows.keys()].filter((i) => rows[i] === 'invalid'));
    const sha256 = String(start).padStart(64, '0');
    chunks.push({ start, bytes: 1, line: lineOf(start), rows: rows.length, invalid, sha256 });
  }
  await store.write(folder.ofPlan('v', 'chunks'), async (file) => {
    for (const chunk of chunks) await appendChunk(file, chunk, chunkSize);
  });
  for (const [i, range] of chunks.entries()) {
    const key = { folder, number: i + 1, range };
    const rows = outcomes
      .slice(range.start, range.start + range.rows)
      .map((outcome, index): RowOutcome => ({
        line: lineOf(range.start + index),
        email: '',
        outcome,
        invitation: 'none',
      }));
    if (ended[i % ended.length]) await writeOutcomes(key, rows);
    else {
      const journal = await ChunkJournal.open(store, folder.journal(key));
      await journal.decide(rows.filter(({ outcome }) => outcome === 'created'));
      await journal.keep();
    }
    if (undone) {
      const ledger = await UndoLedger.open(key);
      ledger.add(
        rows
          .filter(({ outcome }) => outcome === 'created')
          .map(({ line }) => ({
            line,
            identityId: 'x',
            undone: 'deleted' as const,
            at: after(number * 10 + 5),
            undo: 'undo',
            actor: 'alice',
          })),
      );
      await ledger.save();
    }
  }
  const plan = { validation: 'v', chunkSize, findings: { chunks: chunks.length } } as Plan;
  return { run, folder, plan, startedAt: after(number * 10), undecided: undefined };
}

/** The same, row by row, by the plainest of means. */
function expected(runs: Given[]) {
  const sum = noRows();
  runs[0]!.outcomes.forEach((_, row) => {
    let state: Outcome = 'unprocessed';
    for (const { chunkSize, outcomes, ended, undone } of runs) {
      const isEnded = ended[Math.floor(row / chunkSize) % ended.length];
      const told = outcomes[row]!;
      const isKnown = isEnded || told === 'created' || told === 'invalid';
      const outcome = isKnown ? told : 'undecided';
      if (outcome === 'created') state = undone ? 'unprocessed' : 'created';
      else if (outcome !== 'unprocessed' && state !== 'created') state = outcome;
    }
    sum.total++;
    sum[state]++;
  });
  return sum;
}

const anyRuns = fc.integer({ min: 1, max: 40 }).chain((rows) =>
  fc.array(
    fc.record({
      chunkSize: fc.integer({ min: 1, max: 12 }),
      outcomes: fc.array(
        fc.constantFrom<Outcome>('created', 'skipped', 'failed', 'invalid', 'unprocessed'),
        { minLength: rows, maxLength: rows },
      ),
      ended: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
      undone: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
);

describe('the rows of a file in several runs', () => {
  it('count once each, whatever their chunks are and whichever came to their end', async () => {
    await fc.assert(
      fc.asyncProperty(anyRuns, async (given) => {
        // The last run tells the lines: those of a chunk without outcomes are in the file alone.
        const runs = [...given.slice(0, -1), { ...given.at(-1)!, ended: [true], undone: false }];
        const store = new MemoryStore();
        const left = await Promise.all(runs.map((run, i) => leave(store, i, run)));
        const { rows, each } = await sumRuns(left);
        expect(rows).toEqual(expected(runs));
        for (const one of each) expect(one.rows.total).toBe(rows.total);
      }),
      { numRuns: 60 },
    );
  });

  it('are right in number where no run knows their lines', async () => {
    const outcomes: Outcome[] = ['created', 'skipped', 'created', 'invalid'];
    const open = { chunkSize: 2, outcomes, ended: [false], undone: false };
    const { rows } = await sumRuns([await leave(new MemoryStore(), 0, open)]);
    expect(rows).toMatchObject({ total: 4, created: 2, undecided: 1, invalid: 1 });
  });
});
