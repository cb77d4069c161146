/**
 * How many chunks may be in flight while Kratos asks for less: halved when it does, climbing back one by one as chunks
 * finish. Each attempt to climb that fails makes the next one wait for twice as many chunks, so that a server that
 * takes one write at a time is not asked over and over. Pure: workflows call it with their own clock.
 */
export interface ChunkLimit {
  /** Absent while nobody asked for less: then the operator's setting alone counts. */
  most?: number;
  /** Chunks that finished since Kratos last asked for less. */
  clean: number;
  /** Chunks that have to finish before one more is tried. */
  wanted: number;
  /** When it was halved last (milliseconds). */
  halvedAt: number;
}

export const NO_LIMIT: Readonly<ChunkLimit> = { clean: 0, wanted: 2, halvedAt: 0 };
const MOST_WANTED = 64;
/** What arrives this soon after a halving was on its way before it. */
const SETTLING_MS = 3000;

/** @param concurrency what the operator allows */
export function chunksAllowed({ most }: ChunkLimit, concurrency: number): number {
  return Math.min(most ?? concurrency, concurrency);
}

/** Kratos asks for less. */
export function slowDown(limit: ChunkLimit, concurrency: number, now: number): ChunkLimit {
  const allowed = chunksAllowed(limit, concurrency);
  if (now - limit.halvedAt < SETTLING_MS) return { ...limit, clean: 0 };
  return {
    most: Math.max(1, Math.floor(allowed / 2)),
    clean: 0,
    wanted: Math.min(MOST_WANTED, limit.wanted * 2),
    halvedAt: now,
  };
}

/** A chunk has finished. */
export function climb(limit: ChunkLimit, concurrency: number): ChunkLimit {
  const clean = limit.clean + 1;
  if (clean < limit.wanted) return limit === NO_LIMIT ? limit : { ...limit, clean };
  if (limit.most === undefined) return NO_LIMIT;
  const { most, ...others } = limit;
  return most + 1 >= concurrency
    ? { ...others, clean: 0 }
    : { ...others, clean: 0, most: most + 1 };
}
