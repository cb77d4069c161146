import { appendFile, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { ChunkJournal, mergeChanges, readJournal } from '../../../src/store/chunk-journal.js';
import { temporaryFolder } from '../../support/planned-run.js';

const journalPath = async () => join(await temporaryFolder(), '1-0123456789ab.journal');

async function opened(path: string): Promise<ChunkJournal> {
  const journal = await ChunkJournal.open(path);
  onTestFinished(() => journal.close());
  return journal;
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
    expect(await readJournal(await journalPath())).toEqual({
      attempts: new Set(),
      intents: new Map(),
      passwords: new Map(),
      outcomes: new Map(),
    });
  });

  it('does not take a folder that is missing for an empty journal when it is to be written', async () => {
    const path = join(await temporaryFolder(), 'gone', 'journal');
    await expect(ChunkJournal.open(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is readable by its owner only', async () => {
    const path = await journalPath();
    await opened(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('gives every attempt what all of them have written', async () => {
    const path = await journalPath();
    const first = await opened(path);
    await first.intend([{ line: 2, changes: [ROLE] }]);
    await first.decide([created(3)]);
    const second = await opened(path);
    await first.decide([created(4)]);
    const { attempts, intents, outcomes } = await second.read();
    expect(attempts.size).toBe(2);
    expect(intents).toEqual(new Map([[2, [ROLE]]]));
    expect([...outcomes.values()]).toEqual([created(3), created(4)]);
    expect(await first.read()).toEqual(await second.read());
  });

  it('keeps values as they are, line breaks and quotes included', async () => {
    const journal = await opened(await journalPath());
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
    const path = await journalPath();
    const first = await opened(path);
    expect(await first.isFirstAttempt()).toBe(true);
    const second = await opened(path);
    expect([await first.isFirstAttempt(), await second.isFirstAttempt()]).toEqual([false, false]);
  });

  it('stays the first one, although it has died', async () => {
    const path = await journalPath();
    await (await ChunkJournal.open(path)).close();
    expect(await (await opened(path)).isFirstAttempt()).toBe(false);
  });

  it('is neither of two that begin at once', async () => {
    const path = await journalPath();
    const both = await Promise.all([opened(path), opened(path)]);
    expect(await Promise.all(both.map((each) => each.isFirstAttempt()))).toEqual([false, false]);
  });
});

describe('what was seen first', () => {
  it('is the value of an intent, whatever a later attempt sees', async () => {
    const path = await journalPath();
    const name = { path: '/traits/first_name', after: 'Ann' };
    await (await opened(path)).intend([{ line: 2, changes: [ROLE] }]);
    await (
      await opened(path)
    ).intend([{ line: 2, changes: [{ ...ROLE, before: 'support' }, name] }]);
    expect((await readJournal(path)).intents).toEqual(new Map([[2, [ROLE, name]]]));
  });

  it('is the outcome of a row, whatever a later attempt says', async () => {
    const journal = await opened(await journalPath());
    await journal.decide([created(2)]);
    await journal.decide([{ ...created(2), outcome: 'skipped' }]);
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

describe('a line that a crash cut off', () => {
  it.each([2, 5, 20, 60])('counts as not written, %i characters short', async (missing) => {
    const path = await journalPath();
    const dead = await opened(path);
    await dead.intend([{ line: 2, changes: [ROLE] }]);
    const { size } = await stat(path);
    await dead.decide([created(3)]);
    // What the crash left: the last line begun, and not all of it.
    const whole = (await readFile(path)).length;
    await truncate(path, Math.max(size + 1, whole - missing));
    const { intents, outcomes } = await readJournal(path);
    expect([intents.size, outcomes.size]).toEqual([1, 0]);
  });

  it('does no harm to what is added after it', async () => {
    const path = await journalPath();
    await (await opened(path)).intend([{ line: 2, changes: [ROLE] }]);
    await appendFile(path, '\n{"outcome":{"line":3,"em');
    const next = await opened(path);
    await next.decide([created(4)]);
    const { attempts, intents, outcomes } = await next.read();
    expect(attempts.size).toBe(2);
    expect([...intents.keys()]).toEqual([2]);
    expect([...outcomes.keys()]).toEqual([4]);
  });
});

describe('two attempts that write at once', () => {
  it('lose nothing of each other, however much one of them writes', async () => {
    const path = await journalPath();
    const [slow, quick] = [await opened(path), await opened(path)];
    // Far more than goes to the system in one piece.
    const long = Array.from({ length: 300 }, (_, i) => ({
      ...created(i + 1000),
      raw: 'x'.repeat(10_000),
    }));
    const many = Array.from({ length: 200 }, (_, i) => ({ line: i + 2, changes: [ROLE] }));
    await Promise.all([
      slow.decide(long),
      (async () => {
        for (const intent of many) await quick.intend([intent]);
      })(),
    ]);
    const { attempts, intents, outcomes } = await readJournal(path);
    expect([attempts.size, intents.size, outcomes.size]).toEqual([2, 200, 300]);
  });
});
