import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { MARK_PATH } from '../../../src/identity/origin.js';
import {
  ChunkJournal,
  doubts,
  mergeChanges,
  readJournal,
} from '../../../src/store/chunk-journal.js';
import { MemoryStore } from '../../support/memory-store.js';

/** A store of its own for each test. */
class Journal {
  readonly store = new MemoryStore();

  open(): Promise<ChunkJournal> {
    return ChunkJournal.open(this.store, 'outcomes/1-0123456789ab.journal');
  }

  read() {
    return readJournal(this.store, 'outcomes/1-0123456789ab.journal');
  }

  async files(): Promise<number> {
    let files = 0;
    for await (const { key } of this.store.list('outcomes')) files += key.length > 0 ? 1 : 0;
    return files;
  }
}

const ROLE = { path: '/traits/role', before: 'user', after: 'admin' };
const created = (line: number, email = 'ann@example.com'): RowOutcome => ({
  line,
  email,
  outcome: 'created',
  invitation: 'none',
});

describe('the journal of a chunk', () => {
  it('is empty when there is none', async () => {
    expect(await new Journal().read()).toEqual({
      attempts: new Set(),
      left: new Map(),
      begun: new Map(),
      intents: new Map(),
      passwords: new Map(),
      codes: new Map(),
      deleting: new Map(),
      outcomes: new Map(),
    });
  });

  it('gives every attempt what all of them have written', async () => {
    const journal = new Journal();
    const first = await journal.open();
    await first.intend([{ line: 2, changes: [ROLE] }]);
    await first.decide([created(3)]);
    await first.keep();
    const second = await journal.open();
    await first.decide([created(4)]);
    await first.keep();
    const { attempts, intents, outcomes } = await second.read();
    expect(attempts.size).toBe(2);
    expect(intents).toEqual(new Map([[2, [ROLE]]]));
    expect([...outcomes.values()]).toEqual([created(3), created(4)]);
    expect(await first.read()).toEqual(await second.read());
  });

  it('keeps values as they are, line breaks and quotes included', async () => {
    const journal = await new Journal().open();
    const raw = '"a ""b""\r\nc"\u2028,\ud83d\ude00';
    await journal.decide([{ ...created(2), raw }]);
    await journal.intend([{ line: 3, changes: [{ path: '/traits/x', before: raw, after: null }] }]);
    const { outcomes, intents } = await journal.read();
    expect(outcomes.get(2)?.raw).toBe(raw);
    expect(intents.get(3)).toEqual([{ path: '/traits/x', before: raw, after: null }]);
  });
});

describe('the first attempt at a chunk', () => {
  it('is the one whose journal no other attempt has ever signed', async () => {
    const journal = new Journal();
    const first = await journal.open();
    expect(await first.isFirstAttempt()).toBe(true);
    const second = await journal.open();
    expect([await first.isFirstAttempt(), await second.isFirstAttempt()]).toEqual([false, false]);
  });

  it('stays the first one, although it has died', async () => {
    const journal = new Journal();
    await journal.open();
    expect(await (await journal.open()).isFirstAttempt()).toBe(false);
  });

  it('is neither of two that begin at once', async () => {
    const journal = new Journal();
    const both = await Promise.all([journal.open(), journal.open()]);
    expect(await Promise.all(both.map((each) => each.isFirstAttempt()))).toEqual([false, false]);
  });
});

describe('what was seen first', () => {
  it('is the value of an intent, whatever a later attempt sees', async () => {
    const journal = new Journal();
    const name = { path: '/traits/first_name', after: 'Ann' };
    await (await journal.open()).intend([{ line: 2, changes: [ROLE] }]);
    const later = await journal.open();
    await later.read();
    await later.intend([{ line: 2, changes: [{ ...ROLE, before: 'support' }, name] }]);
    expect((await journal.read()).intents).toEqual(new Map([[2, [ROLE, name]]]));
  });

  it('is the value of a mark before, and what is there in the end the last one', async () => {
    const journal = new Journal();
    const mark = (before: string, after: string) => [{ path: MARK_PATH, before, after }];
    await (await journal.open()).intend([{ line: 2, changes: mark('a', 'b') }]);
    const later = await journal.open();
    await later.read();
    await later.intend([{ line: 2, changes: mark('b', 'c') }]);
    expect((await journal.read()).intents).toEqual(new Map([[2, mark('a', 'c')]]));
  });

  it('is said with it, besides what later attempts say', async () => {
    const journal = await new Journal().open();
    await journal.intend([{ line: 2, changes: [ROLE], codes: ['returned'] }]);
    await journal.intend([{ line: 2, changes: [ROLE], codes: ['returned', 'drift_kept'] }]);
    await journal.intend([{ line: 3, changes: [], deleting: 'id-3' }]);
    const { codes, deleting } = await journal.read();
    expect(codes).toEqual(new Map([[2, ['returned', 'drift_kept']]]));
    expect(deleting).toEqual(new Map([[3, 'id-3']]));
  });

  it('is the outcome of a row, whatever a later attempt says', async () => {
    const journal = await new Journal().open();
    await journal.decide([created(2)]);
    await journal.decide([{ ...created(2), outcome: 'skipped' }]);
    await journal.keep();
    expect((await journal.read()).outcomes.get(2)).toEqual(created(2));
  });

  it.each([
    ['nothing', [], []],
    ['what only the first has', [ROLE], []],
    ['what only the later has', [], [ROLE]],
  ])('is merged from %s', (_what, first, later) => {
    expect(mergeChanges(first, later)).toEqual([...first, ...later]);
  });
});

describe('a row that nobody has decided', () => {
  const doubtsOf = async (journal: Journal) => doubts(await journal.read());

  it('is in doubt once an attempt has died', async () => {
    const journal = new Journal();
    expect((await doubtsOf(journal))(2)).toBe(false);
    await journal.open();
    expect((await doubtsOf(journal))(2)).toBe(true);
  });

  it('is in no doubt where all attempts have handed back the rest', async () => {
    const journal = new Journal();
    for (const attempt of [await journal.open(), await journal.open()]) {
      attempt.leave();
      await attempt.keep();
    }
    const isInDoubt = await doubtsOf(journal);
    expect([isInDoubt(2), isInDoubt(undefined)]).toEqual([false, false]);
    await journal.open();
    expect((await doubtsOf(journal))(2)).toBe(true);
  });

  it('is in doubt where its change was begun, and others are not', async () => {
    const journal = new Journal();
    const attempt = await journal.open();
    await attempt.intend([2, 3, 4].map((line) => ({ line, changes: [ROLE] })));
    for (const line of [2, 3]) attempt.begin(line);
    await attempt.decide([{ ...created(2), outcome: 'updated' }]);
    attempt.leave();
    await attempt.keep();
    const isInDoubt = await doubtsOf(journal);
    expect([3, 4, 5].map(isInDoubt)).toEqual([true, false, false]);
    expect(isInDoubt(undefined)).toBe(true);
  });
});

describe('what was decided', () => {
  const skipped = (line: number): RowOutcome => ({ ...created(line), outcome: 'skipped' });

  it('is kept with the next users who are about to be changed, in one file', async () => {
    const journal = new Journal();
    const attempt = await journal.open();
    await attempt.decide([skipped(2), created(3)]);
    expect((await journal.read()).outcomes.size).toBe(0);
    await attempt.intend([{ line: 4, changes: [ROLE] }]);
    const { outcomes, intents } = await journal.read();
    expect([[...outcomes.keys()], [...intents.keys()]]).toEqual([[2, 3], [4]]);
    expect(await journal.files()).toBe(2);
  });

  it('does not wait for long where a user was created or changed', async () => {
    const journal = new Journal();
    const attempt = await journal.open();
    for (const line of [2, 3, 4]) await attempt.decide([skipped(line)]);
    expect((await journal.read()).outcomes.size).toBe(0);
    await attempt.decide([created(5)]);
    await attempt.decide([]);
    expect([...(await journal.read()).outcomes.keys()]).toEqual([2, 3, 4, 5]);
    await attempt.keep();
    expect(await journal.files()).toBe(2);
  });
});

describe('two attempts that write at once', () => {
  it('lose nothing of each other, however much one of them writes', async () => {
    const journal = new Journal();
    const [slow, quick] = [await journal.open(), await journal.open()];
    const long = Array.from({ length: 300 }, (_, i) => ({
      ...created(i + 1000),
      raw: 'x'.repeat(10_000),
    }));
    const many = Array.from({ length: 200 }, (_, i) => ({ line: i + 2, changes: [ROLE] }));
    await Promise.all([
      slow.decide(long).then(() => slow.keep()),
      (async () => {
        for (const intent of many) await quick.intend([intent]);
      })(),
    ]);
    const { attempts, intents, outcomes } = await journal.read();
    expect([attempts.size, intents.size, outcomes.size]).toEqual([2, 200, 300]);
  });
});
