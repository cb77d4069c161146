/**
 * Which rows a chunk holds, as long as no chunk is cut short for its bytes. The canary rows are cut into chunks of their
 * own, so that exactly these come first.
 */
import type { ImportInput } from './input.js';

export type Cut = Pick<ImportInput, 'chunkSize' | 'canaryRows'>;

/** How many chunks a file has at least: more than that where some were cut short. */
export function chunksOfRows(cut: Cut, rows: number): number {
  const canary = Math.min(cut.canaryRows, rows);
  return Math.ceil(canary / cut.chunkSize) + Math.ceil((rows - canary) / cut.chunkSize);
}

/** How many chunks the canary rows fill. */
function canaryChunks({ chunkSize, canaryRows }: Cut): number {
  return Math.ceil(canaryRows / chunkSize);
}

/**
 * The rows of a chunk, counted from 1 as the chunks are.
 * @param rows how many the file has
 */
export function rowsOfChunk(
  chunk: number,
  cut: Cut,
  rows: number,
): { first: number; last: number } {
  const canary = canaryChunks(cut);
  const [before, end, place] =
    chunk <= canary ? [0, cut.canaryRows, chunk - 1] : [cut.canaryRows, rows, chunk - 1 - canary];
  const first = before + place * cut.chunkSize + 1;
  return { first, last: Math.min(first + cut.chunkSize - 1, end, rows) };
}
