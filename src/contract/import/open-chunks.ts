/** Which chunks of a plan have work left: ranges that are few enough for a workflow's history. */

/** Chunks that follow each other. */
export interface Portion {
  /** The number of the first one, counted from 1. */
  chunk: number;
  /** How many there are. */
  chunks: number;
}

/**
 * The ranges of open chunks. Where there are more than `most`, the nearest are merged, with the closed ones between
 * them. No range crosses the last of the canary chunks.
 * @param chunks all of them, in order
 */
export function openRanges(
  chunks: Iterable<{ number: number; isOpen: boolean }>,
  canaryChunks: number,
  most: number,
): Portion[] {
  const ranges: Portion[] = [];
  for (const { number, isOpen } of chunks) {
    if (!isOpen) continue;
    const last = ranges.at(-1);
    const follows = last !== undefined && last.chunk + last.chunks === number;
    if (follows && number !== canaryChunks + 1) last.chunks++;
    else ranges.push({ chunk: number, chunks: 1 });
  }
  return mergeNearest(ranges, canaryChunks, most);
}

function mergeNearest(ranges: Portion[], canaryChunks: number, most: number): Portion[] {
  const gaps = ranges.flatMap(({ chunk }, index) => {
    const before = ranges[index - 1];
    if (!before || (before.chunk <= canaryChunks && chunk > canaryChunks)) return [];
    return { index, chunks: chunk - (before.chunk + before.chunks) };
  });
  const smallest = gaps
    .sort((a, b) => a.chunks - b.chunks)
    .slice(0, Math.max(0, ranges.length - most));
  const closed = new Set(smallest.map(({ index }) => index));
  const merged: Portion[] = [];
  for (const [index, { chunk, chunks }] of ranges.entries()) {
    const before = merged.at(-1);
    if (before && closed.has(index)) before.chunks = chunk + chunks - before.chunk;
    else merged.push({ chunk, chunks });
  }
  return merged;
}

/** What ranges of the first `total` chunks leave out, as ranges. */
export function complementOf(ranges: readonly Portion[], total: number): Portion[] {
  const others: Portion[] = [];
  let next = 1;
  for (const { chunk, chunks } of [...ranges, { chunk: total + 1, chunks: 0 }]) {
    if (chunk > next) others.push({ chunk: next, chunks: chunk - next });
    next = chunk + chunks;
  }
  return others;
}
