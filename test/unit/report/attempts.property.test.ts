import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../../src/contract/import/outcomes.js';
import {
  combine,
  mergeRow,
  noRows,
  rejectedIn,
  type RowInRun,
  type RowSum,
} from '../../../src/report/attempts.js';
import { after } from '../../support/reports.js';

const anyRows = fc
  .record({
    created: fc.nat(1000),
    updated: fc.nat(1000),
    skipped: fc.nat(1000),
    failed: fc.nat(1000),
    invalid: fc.nat(1000),
    undecided: fc.nat(10),
    unprocessed: fc.nat(1000),
  })
  .map((counts) => {
    const rows = { ...noRows(), ...counts };
    return { ...rows, total: OUTCOMES.reduce((sum, outcome) => sum + rows[outcome], 0) };
  });

const rowsOf = (counts: Partial<ReturnType<typeof noRows>>) => ({ ...noRows(), ...counts });
const sumOf = (rows: RowSum['rows'], mails: Partial<RowSum['invitations']> = {}): RowSum => ({
  rows,
  invitations: { due: 0, sent: 0, failed: 0, ...mails },
});

/** The sum of a chain, where each retry has corrected what the one before it rejected. */
const chain = (attempts: RowSum['rows'][]) => {
  const [first, ...retries] = attempts;
  return combine(
    sumOf(first!),
    retries.map((rows, i) => ({ ...sumOf(rows), of: attempts[i]! })),
  );
};

describe('several attempts', () => {
  it('add up to the rows of the first file and the added rows, whatever their outcomes are', () => {
    fc.assert(
      fc.property(fc.array(anyRows, { minLength: 1, maxLength: 6 }), (attempts) => {
        const combined = chain(attempts);
        const { total, added, dropped } = combined;
        expect(total).toBe(attempts[0]!.total + added);
        const counted = OUTCOMES.reduce((sum, outcome) => sum + combined[outcome], 0);
        expect(counted + dropped).toBe(total);
        for (const outcome of OUTCOMES) expect(combined[outcome]).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('create each user once', () => {
    fc.assert(
      fc.property(fc.array(anyRows, { minLength: 1, maxLength: 6 }), (attempts) => {
        const created = attempts.reduce((sum, rows) => sum + rows.created, 0);
        expect(chain(attempts).created).toBe(created);
      }),
    );
  });

  it('leave the rows to retry that the last one has rejected, where each came to its end', () => {
    const ended = anyRows.map((rows) => {
      const { undecided, unprocessed, total } = rows;
      return { ...rows, undecided: 0, unprocessed: 0, total: total - undecided - unprocessed };
    });
    fc.assert(
      fc.property(fc.array(ended, { minLength: 1, maxLength: 6 }), (attempts) => {
        expect(rejectedIn(chain(attempts))).toBe(rejectedIn(attempts.at(-1)!));
      }),
    );
  });

  it('count a rejected row under its outcome in the next attempt', () => {
    const combined = chain([
      rowsOf({ total: 10, created: 6, failed: 1, invalid: 3 }),
      rowsOf({ total: 4, created: 2, invalid: 2 }),
      rowsOf({ total: 2, created: 1, skipped: 1 }),
    ]);
    expect(combined).toMatchObject({
      ...rowsOf({ total: 10, created: 9, skipped: 1 }),
      ...{ dropped: 0, added: 0 },
    });
  });

  it('count rejected rows that were left out, and rows that were added', () => {
    const first = rowsOf({ total: 10, created: 6, invalid: 4 });
    expect(chain([first, rowsOf({ total: 3, created: 3 })])).toMatchObject({
      ...{ total: 10, created: 9, dropped: 1, added: 0 },
    });
    expect(chain([first, rowsOf({ total: 6, created: 6 })])).toMatchObject({
      ...{ total: 12, created: 12, dropped: 0, added: 2 },
    });
  });

  it('go on where a retry was stopped, also by another corrected copy', () => {
    const first = rowsOf({ total: 200, created: 195, invalid: 5 });
    const stopped = rowsOf({ total: 5, created: 3, unprocessed: 2 });
    const rest = rowsOf({ total: 5, skipped: 3, created: 2 });
    const sums = [stopped, rest].map((rows) => ({ ...sumOf(rows), of: first }));
    expect(combine(sumOf(first), sums)).toMatchObject(rowsOf({ total: 200, created: 200 }));
  });

  it('count no row twice that was rejected again although a retry had settled it', () => {
    // The file itself was started again after the retry, and rejected the same rows.
    const first = rowsOf({ total: 200, created: 195, invalid: 5 });
    const again = rowsOf({ total: 200, skipped: 195, invalid: 5 });
    const retried = { ...sumOf(rowsOf({ total: 5, created: 5 })), of: first };
    const repeated = { ...sumOf(rowsOf({ total: 5, skipped: 5 })), of: again };
    expect(combine(sumOf(first), [retried, repeated])).toMatchObject(
      rowsOf({ total: 200, created: 200 }),
    );
  });

  it('add up the mails of their users', () => {
    const first = sumOf(rowsOf({ total: 3, created: 2, failed: 1 }), { sent: 1, due: 1 });
    const retry = { ...sumOf(rowsOf({ total: 1, created: 1 }), { sent: 1 }), of: first.rows };
    expect(combine(first, [retry]).invitations).toEqual({ due: 1, sent: 2, failed: 0 });
  });
});

/** What happens to the row of one user, as it would happen in Kratos. */
type Event =
  | { run: 'reach' | 'refuse' | 'miss' | 'lose'; updates: boolean; differs: boolean }
  | { undo: number };

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      run: fc.constantFrom(
        'reach' as const,
        'reach' as const,
        'refuse' as const,
        'miss' as const,
        'lose' as const,
      ),
      updates: fc.boolean(),
      differs: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ undo: fc.nat(8) }) },
);

/** The user's life, told without the code under test. */
function play(events: readonly Event[], existsBefore: boolean) {
  const runs: RowInRun[] = [];
  const startedAt: string[] = [];
  /** Who has made the user, and which runs' updates are left. */
  let user = existsBefore ? { createdBy: -1, updatedBy: [] as number[] } : undefined;
  let found: { outcome: RowInRun['outcome']; run: number }[] = [];
  events.forEach((event, second) => {
    if ('undo' in event) {
      const undone = runs[event.undo];
      if (!undone || undone.undone || !user) return;
      const at = after(second);
      if (user.createdBy === event.undo) {
        undone.undone = { how: 'deleted', at };
        [user, found] = [undefined, []];
      } else if (user.updatedBy.at(-1) === event.undo) {
        undone.undone = { how: 'restored', at };
        user.updatedBy.pop();
        found = found.filter(({ run }) => run !== event.undo);
      }
      return;
    }
    const run = runs.length;
    const outcome = outcomeOf(event, user !== undefined);
    if (outcome === 'created') user = { createdBy: run, updatedBy: [] };
    if (outcome === 'updated') user!.updatedBy.push(run);
    if (outcome !== 'unprocessed') found.push({ outcome, run });
    runs.push({ outcome, invitation: 'none' });
    startedAt.push(after(second));
  });
  const last = found.at(-1)?.outcome ?? 'unprocessed';
  const isOurs = user !== undefined && user.createdBy >= 0;
  const isUpdated = user !== undefined && user.updatedBy.length > 0;
  return { runs, startedAt, expected: isOurs ? 'created' : isUpdated ? 'updated' : last };
}

function outcomeOf(event: Extract<Event, { run: unknown }>, exists: boolean): RowInRun['outcome'] {
  if (event.run === 'refuse') return 'failed';
  if (event.run === 'miss') return 'unprocessed';
  if (event.run === 'lose') return 'undecided';
  if (!exists) return 'created';
  return event.updates ? (event.differs ? 'updated' : 'unchanged') : 'skipped';
}

describe('a row in several runs of its file', () => {
  it('counts as what the user is to the import, whatever was undone in between', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 10 }), fc.boolean(), (events, existsBefore) => {
        const { runs, startedAt, expected } = play(events, existsBefore);
        expect(mergeRow(runs, startedAt).outcome).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('has its mail once', () => {
    const mails = (...states: RowInRun['invitation'][]) =>
      mergeRow(
        states.map((invitation, i) => ({ outcome: i === 0 ? 'created' : 'skipped', invitation })),
        states.map((_, i) => after(i)),
      ).invitation;
    expect(mails('due', 'sent')).toBe('sent');
    expect(mails('sent', 'none', 'none')).toBe('sent');
    expect(mails('failed', 'due')).toBe('due');
    expect(mails('none', 'none')).toBe('none');
  });

  it('has a mail of its own once the user whom it went to was deleted', () => {
    const created: RowInRun = { outcome: 'created', invitation: 'sent' };
    const undone = { ...created, undone: { how: 'deleted' as const, at: after(5) } };
    const again: RowInRun = { outcome: 'created', invitation: 'due' };
    expect(mergeRow([undone, again], [after(0), after(10)])).toMatchObject(again);
    expect(mergeRow([undone], [after(0)]).outcome).toBe('unprocessed');
  });
});
