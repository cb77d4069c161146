import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Portion } from '../../../../src/contract/import/open-chunks.js';
import type { PortionResult } from '../../../../src/contract/import/portion.js';
import {
  isAnyLeft,
  isCanaryTaken,
  numbersOf,
  openChunks,
  portionsToAskBack,
  takePortion,
  type PortionInFlight,
} from '../../../../workflows/import-users/portions.js';
import {
  allowedChunks,
  recordPortion,
  type ImportRun,
} from '../../../../workflows/import-users/state.js';
import { chunkOf, findingsOf, NOW, portionOf, runOf } from './runs.js';

const take = (run: ImportRun): PortionInFlight => {
  const portion = takePortion(run, allowedChunks(run.state));
  run.inFlight.add(portion);
  return portion;
};

const end = (run: ImportRun, portion: PortionInFlight, result: Partial<PortionResult> = {}) => {
  recordPortion(run, portion, { ...chunkOf(), done: portion.chunks, ...result }, NOW);
  run.inFlight.delete(portion);
};

const plain = ({ chunk, chunks }: Portion): Portion => ({ chunk, chunks });

describe('the portions of an import', () => {
  it('grow from one chunk on, and share what is left in the end', () => {
    const run = runOf({ findings: findingsOf({ chunks: 20 }) }, { concurrency: 5 });
    const sizes: number[] = [];
    while (isAnyLeft(run)) {
      // The oldest is done first.
      if (run.inFlight.size === 5) end(run, [...run.inFlight][0]!);
      sizes.push(take(run).chunks);
    }
    expect(sizes).toEqual([1, 3, 4, 4, 3, 3, 2]);
  });

  it('have ten chunks at most, also where there is one at a time', () => {
    const run = runOf({ findings: findingsOf({ chunks: 100 }) }, { concurrency: 1 });
    const sizes: number[] = [];
    while (isAnyLeft(run)) {
      const portion = take(run);
      sizes.push(portion.chunks);
      end(run, portion);
    }
    expect(sizes).toEqual([1, 3, 5, 7, 9, 10, 10, 10, 10, 10, 10, 10, 5]);
    expect(run.state.chunksDone).toBe(100);
  });

  it('end with the canary rows, which are taken once none of them is left', () => {
    const findings = findingsOf({ chunks: 20, canaryChunks: 3 });
    const run = runOf({ findings, portionsStarted: 9 }, { canaryRows: 300, concurrency: 1 });
    const canary = take(run);
    expect(plain(canary)).toEqual({ chunk: 1, chunks: 3 });
    expect(isCanaryTaken(run.state)).toBe(true);
    end(run, canary, { done: 2 });
    expect(isCanaryTaken(run.state)).toBe(false);
    const rest = take(run);
    expect(plain(rest)).toEqual({ chunk: 3, chunks: 1 });
    end(run, rest);
    expect(isCanaryTaken(run.state)).toBe(true);
    expect(take(run).chunk).toBe(4);
  });

  it('begin with what was handed back, in the order of the file', () => {
    const run = runOf({ portionsStarted: 9, concurrency: 2 });
    const [first, second] = [take(run), take(run)];
    end(run, second, { done: 1 });
    end(run, first, { done: 2 });
    expect(run.state.handedBack).toEqual([
      { chunk: first.chunk + 2, chunks: first.chunks - 2 },
      { chunk: second.chunk + 1, chunks: second.chunks - 1 },
    ]);
    expect(take(run).chunk).toBe(first.chunk + 2);
  });

  it('give every chunk out until it is done, and none twice at a time, whatever is handed back', () => {
    const result = fc.record({
      done: fc.nat(10),
      isLost: fc.boolean(),
    });
    const chunkNumbers = {
      chunks: fc.integer({ min: 1, max: 60 }),
      concurrency: fc.integer({ min: 1, max: 8 }),
    };
    fc.assert(
      fc.property(fc.record(chunkNumbers), fc.array(result), ({ chunks, concurrency }, results) => {
        const run = runOf({ findings: findingsOf({ chunks }) }, { concurrency });
        const done: number[] = [];
        for (let i = 0; isAnyLeft(run) || run.inFlight.size > 0; i++) {
          while (isAnyLeft(run) && run.inFlight.size < concurrency) take(run);
          const inFlight = [...run.inFlight].flatMap(numbersOf);
          expect(new Set([...inFlight, ...done]).size).toBe(inFlight.length + done.length);
          const portions = [...run.inFlight];
          const portion = portions[i % portions.length]!;
          const given = results[i] ?? { done: 10 };
          const most = Math.min(given.done, portion.chunks);
          done.push(...numbersOf(portion).slice(0, most));
          end(run, portion, { done: most });
        }
        expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: chunks }, (_, i) => i + 1));
        expect(run.state.chunksDone).toBe(chunks);
      }),
    );
  });
});

describe('what is asked back', () => {
  const atWork = (state: Parameters<typeof runOf>[0]) => {
    const run = runOf(state);
    for (const chunk of [1, 2, 3]) run.inFlight.add(portionOf(chunk));
    return run;
  };
  const askedBack = (run: ImportRun, allowed = 3) =>
    portionsToAskBack(run, allowed).map(({ chunk }) => chunk);

  it.each([
    ['nothing of an import that goes on', {}, []],
    ['everything in a pause', { pausedBy: ['operator' as const] }, [1, 2, 3]],
    ['nothing while the token is refused', { pausedBy: ['token' as const] }, []],
    ['everything of another mode', { mode: 'update' as const }, [1, 2, 3]],
  ])('is %s', (_, state, expected) => {
    expect(askedBack(atWork(state))).toEqual(expected);
  });

  it('is the latest where fewer may be in flight', () => {
    expect(askedBack(atWork({}), 1)).toEqual([2, 3]);
  });
});

it('knows which chunks may have begun and have no outcomes', () => {
  const handedBack = [
    { chunk: 2, chunks: 1 },
    { chunk: 6, chunks: 2 },
  ];
  const run = runOf({ handedBack, undecidedChunks: [9] });
  run.inFlight.add(portionOf(11, 2));
  expect(openChunks(run)).toEqual([9, 2, 6, 7, 11, 12]);
});
