/** A running import and what it shows. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { Findings } from '../src/contract/findings.js';
import type { RunRef } from '../src/contract/ids.js';
import type { ImportInput } from '../src/contract/input.js';
import { addCounts, NO_COUNTS, rowsIn, type ChunkCounts } from '../src/contract/outcomes.js';
import type { Notice, Phase, Progress } from '../src/contract/progress.js';
import { renderDetails } from '../src/progress/details.js';
import { addSample, etaSeconds, ratePerSecond, type RateSample } from '../src/progress/rate.js';

export interface ImportJob {
  run: RunRef;
  input: ImportInput;
  state: ImportState;
  /** Numbers of the chunks in flight. */
  inFlight: Set<number>;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface ImportState {
  phase: Phase;
  /** When the first execution started (ISO 8601). */
  startedAt: string;
  findings?: Findings;
  counts: ChunkCounts;
  nextChunk: number;
  chunksDone: number;
  /** Chunks that ended without telling what became of their rows. */
  undecidedChunks: number[];
  samples: RateSample[];
  notices: Notice[];
}

const MOST_NOTICES = 50;

export function newState(startedAt: Date): ImportState {
  return {
    phase: 'preflight',
    startedAt: startedAt.toISOString(),
    counts: NO_COUNTS,
    nextChunk: 1,
    chunksDone: 0,
    undecidedChunks: [],
    samples: [],
    notices: [],
  };
}

export function notice(state: ImportState, at: Date, text: string): void {
  state.notices = [...state.notices, { at: at.toISOString(), text }].slice(-MOST_NOTICES);
}

/** The rate counts from here on. */
export function beginImporting(state: ImportState, at: Date): void {
  state.phase = 'importing';
  state.samples = addSample(state.samples, { at: at.getTime(), done: rowsIn(state.counts) });
}

/** A chunk has told its counters. */
export function chunkDone(state: ImportState, counts: ChunkCounts, at: Date): void {
  state.counts = addCounts(state.counts, counts);
  state.chunksDone++;
  state.samples = addSample(state.samples, { at: at.getTime(), done: rowsIn(state.counts) });
}

/** Puts the progress where the Temporal UI shows it. */
export function show(job: ImportJob): void {
  setCurrentDetails(renderDetails(toProgress(job), job.run.workflowId));
}

export function toProgress({ input, state, inFlight }: ImportJob): Progress {
  const { phase, findings, counts, chunksDone, samples, notices } = state;
  const total = findings?.rows ?? 0;
  const done = rowsIn(counts);
  const rate = ratePerSecond(samples);
  return {
    phase,
    mode: input.mode,
    concurrency: input.concurrency,
    rows: { total, done, ...counts },
    chunks: { total: findings?.chunks ?? 0, done: chunksDone, inFlight: inFlight.size },
    ratePerSecond: rate,
    etaSeconds: phase === 'importing' ? etaSeconds(rate, total - done) : null,
    plan: {
      roles: findings?.roles ?? {},
      warnings: findings?.warnings.map(({ message }) => message) ?? [],
    },
    notices,
  };
}
