/** A run, or one of its chunks, with the folder and the plan that all work on it needs. */
import type { RunRef } from '../contract/ids.js';
import { readChunk, type ChunkRange, type Plan } from './plan.js';
import type { RunLayout } from './run-layout.js';

export interface OpenRun {
  run: RunRef;
  folder: RunLayout;
  plan: Plan;
}

export interface OpenChunk extends OpenRun {
  /** Counted from 1. */
  number: number;
  range: ChunkRange;
}

export async function openChunk<Run extends OpenRun>(
  run: Run,
  number: number,
): Promise<Run & OpenChunk> {
  return { ...run, number, range: await readChunk(run.folder, run.plan, number) };
}

/**
 * The chunks of a run in file order.
 * @param from the number of the first one
 */
export async function* chunksOf(run: OpenRun, from = 1): AsyncGenerator<OpenChunk> {
  for (let number = from; number <= run.plan.findings.chunks; number++) {
    yield await openChunk(run, number);
  }
}
