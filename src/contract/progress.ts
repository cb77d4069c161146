/** What an admin sees of a running import: the answer of the query `progress`. */
import type { Mode } from './input.js';
import type { ChunkCounts } from './outcomes.js';

export const PROGRESS_QUERY = 'progress';

export type Phase = 'preflight' | 'validating' | 'importing' | 'reporting' | 'done';

/** What validation found, shown before anything is created. */
interface PlanSummary {
  /** Valid rows by role; rows without one under `(none)`. */
  roles: Record<string, number>;
  warnings: string[];
}

export interface Progress {
  phase: Phase;
  mode: Mode;
  concurrency: number;
  rows: ChunkCounts & { total: number; done: number };
  chunks: { total: number; done: number; inFlight: number };
  /** Rows a second over the last minute; null until a chunk has finished. */
  ratePerSecond: number | null;
  /** Seconds to the end at that rate; null while it is unknown. */
  etaSeconds: number | null;
  plan: PlanSummary;
  notices: Notice[];
}

/** Something that the admin should know of, with the time at which it happened. */
export interface Notice {
  at: string;
  text: string;
}
