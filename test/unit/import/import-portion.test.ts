import { describe, expect, it } from 'vitest';
import { HandedBackError } from '../../../src/contract/errors.js';
import { NO_COUNTS, type ChunkResult } from '../../../src/contract/import/outcomes.js';
import { importPortion } from '../../../src/import/import-portion.js';

const PORTION = { chunk: 3, chunks: 4 };

const chunkOf = (created: number, failed = 0): ChunkResult => ({
  counts: { ...NO_COUNTS, created, failed },
  errors: failed > 0 ? { rejected: { count: failed, lines: [2] } } : {},
});

/** @param msAChunk of the clock that the portion is given */
function start(
  importOne: (chunk: number) => Promise<ChunkResult>,
  { msAChunk = 0, failuresBefore = { processed: 0, failed: 0 } } = {},
) {
  const control = new AbortController();
  const chunks: number[] = [];
  let ms = 0;
  const done = importPortion(
    PORTION,
    (chunk) => {
      chunks.push(chunk);
      ms += msAChunk;
      return importOne(chunk);
    },
    { haltAboveFailureRate: 0.2, failuresBefore, handBack: control.signal, now: () => ms },
  );
  return { done, chunks, handBack: () => control.abort(new HandedBackError('x')) };
}

describe('a portion', () => {
  it('adds its chunks up, one after the other', async () => {
    const { done, chunks } = start(async (chunk) => chunkOf(100, chunk === 4 ? 2 : 0));
    expect(await done).toMatchObject({
      counts: { ...NO_COUNTS, created: 400, failed: 2 },
      errors: { rejected: { count: 2 } },
      done: 4,
    });
    expect(chunks).toEqual([3, 4, 5, 6]);
  });

  it('hands back the rest once it has taken ten seconds', async () => {
    const { done, chunks } = start(async () => chunkOf(100), { msAChunk: 5000 });
    expect(await done).toMatchObject({ done: 2 });
    expect(chunks).toEqual([3, 4]);
  });

  it('hands back the rest once too many of its rows have failed', async () => {
    const { done } = start(async () => chunkOf(70, 30));
    expect(await done).toMatchObject({ counts: { created: 70, failed: 30 }, done: 1 });
  });

  it('counts what has failed before', async () => {
    const failuresBefore = { processed: 25, failed: 25 };
    const { done } = start(async () => chunkOf(20, 5), { failuresBefore });
    expect(await done).toMatchObject({ counts: { created: 20, failed: 5 }, done: 1 });
  });

  it('asked for the rest between two chunks, begins no other one', async () => {
    const portion = start(async (chunk) => {
      await Promise.resolve();
      if (chunk === 4) portion.handBack();
      return chunkOf(100);
    });
    expect(await portion.done).toMatchObject({ done: 2 });
  });

  it('asked for the rest within a chunk, hands that back as well', async () => {
    const portion = start(async (chunk) => {
      if (chunk < 5) return chunkOf(100);
      portion.handBack();
      throw new HandedBackError('asked for');
    });
    const result = await portion.done;
    expect(result).toMatchObject({ counts: { created: 200 }, done: 2 });
  });

  it.each([
    ['of another kind', new Error('Kratos is away'), true],
    ['of that kind which nobody has asked for', new HandedBackError('x'), false],
  ])('fails with an error %s', async (_, error, isAsked) => {
    const portion = start(async () => {
      await Promise.resolve();
      if (isAsked) portion.handBack();
      throw error;
    });
    await expect(portion.done).rejects.toBe(error);
  });

  it('hands over what is done where a later chunk fails, which comes again as a first one', async () => {
    const fail = (at: number) =>
      start(async (chunk) => {
        if (chunk === at) throw new Error('the database is away');
        return chunkOf(100);
      });
    expect(await fail(5).done).toMatchObject({ counts: { created: 200 }, done: 2 });
    await expect(fail(3).done).rejects.toThrow('the database is away');
  });
});
