/** A run, or one of its chunks, with the folder and the plan that all work on it needs. */
import { LEAVER_LINE } from '../contract/import/outcomes.js';
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
  const { folder, plan } = run;
  const range = isLeaverChunk(plan, number)
    ? leaverRange(plan, number)
    : await readChunk(folder, plan, number);
  return { ...run, number, range };
}

/** The number of the last chunk: those of leavers come after those of the file. */
export function lastChunk({ findings, source, chunkSize }: ChunksOfPlan): number {
  return findings.chunks + Math.ceil((source?.leavers ?? 0) / chunkSize);
}

export function isLeaverChunk(plan: ChunksOfPlan, number: number): boolean {
  return number > plan.findings.chunks;
}

type ChunksOfPlan = Pick<Plan, 'findings' | 'source' | 'chunkSize'>;

/** @throws Error for a number that no chunk has */
function leaverRange(plan: Plan, number: number): ChunkRange {
  const { findings, source, chunkSize } = plan;
  const first = (number - findings.chunks - 1) * chunkSize;
  if (!source || first >= source.leavers) throw new Error(`the plan has no chunk ${number}`);
  return {
    ...{ start: 0, bytes: 0, invalid: new Set<number>() },
    line: LEAVER_LINE + first,
    rows: Math.min(chunkSize, source.leavers - first),
    sha256: source.leaversSha256,
  };
}

/** The chunks of those who are not in the file. */
export async function* leaverChunksOf(run: OpenRun): AsyncGenerator<OpenChunk> {
  const { plan } = run;
  for (let number = plan.findings.chunks + 1; number <= lastChunk(plan); number++) {
    yield await openChunk(run, number);
  }
}

/**
 * The chunks of a run's file, in file order.
 * @param from the number of the first one
 */
export async function* chunksOf(run: OpenRun, from = 1): AsyncGenerator<OpenChunk> {
  for (let number = from; number <= run.plan.findings.chunks; number++) {
    yield await openChunk(run, number);
  }
}
