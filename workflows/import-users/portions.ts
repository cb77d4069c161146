/**
 * Which chunks a child workflow gets, and which of them the import asks back. Pure.
 *
 * A slow start and a fair share, as self-scheduling loops have them: the first portions grow from one chunk on, so that
 * an operator soon sees the first results and portions never end together; each has as many chunks as are left for a
 * slot of the window, so that towards the end all slots have as much to do.
 */
import type { PlanFindings } from '../../src/contract/import/effects.js';
import type { ImportInput, Mode } from '../../src/contract/import/input.js';
import type { Portion } from '../../src/contract/import/open-chunks.js';
import type { Pausable } from '../shared/pausing.js';

/** A portion that a child workflow is at. */
export interface PortionInFlight extends Portion {
  mode: Mode;
}

/** What the state of an import has of its chunks. */
export interface PortionState extends Pausable {
  mode: Mode;
  /** Set once the file is validated. */
  findings?: PlanFindings;
  /** The first chunk that no child workflow has been given. */
  nextChunk: number;
  /** Chunks before it that child workflows have handed back, in their order. */
  handedBack: Portion[];
  portionsStarted: number;
  /** Chunks that ended without a result. */
  undecidedChunks: number[];
  /** The chunks of the users who are not in the file, which come after all of its own, are given out. */
  leaving?: true;
}

/** What is asked of an import about its chunks. */
export interface PortionRun {
  input: Pick<ImportInput, 'dryRun' | 'chunkSize'>;
  state: PortionState;
  inFlight: ReadonlySet<PortionInFlight>;
}

/** More chunks make the history hardly shorter. */
const MOST_CHUNKS = 10;

/** Whether any chunk has not been given to a child workflow, or was handed back. */
export function isAnyLeft(run: Omit<PortionRun, 'inFlight'>): boolean {
  const { nextChunk, handedBack } = run.state;
  return handedBack.length > 0 || nextChunk <= lastChunk(run);
}

/** The last one that is to be given out, as things stand: that of the file, or that of those who are not in it. */
export function lastChunk({ state, input }: Omit<PortionRun, 'inFlight'>): number {
  const { chunks, source } = state.findings!;
  const leavers = state.leaving ? (source?.leavers ?? 0) : 0;
  return chunks + Math.ceil(leavers / input.chunkSize);
}

/** Whether a chunk is one of users who are not in the file. */
export function isOfLeavers({ findings }: PortionState, { chunk }: Portion): boolean {
  return chunk > findings!.chunks;
}

/** Once the file is validated: chunks of settled and invalid rows alone are given to nobody. */
export function openOnly(state: PortionState, open: readonly Portion[]): void {
  state.handedBack = open.map(({ chunk, chunks }) => ({ chunk, chunks }));
  state.nextChunk = state.findings!.chunks + 1;
}

/** Whether all chunks with canary rows are done, or on their way. */
export function isCanaryTaken({ nextChunk, handedBack, findings }: PortionState): boolean {
  const { canaryChunks } = findings!;
  return nextChunk > canaryChunks && handedBack.every(({ chunk }) => chunk > canaryChunks);
}

/** Takes the next portion: it is in flight from here on. Only where one is left. */
export function takePortion(run: PortionRun, allowed: number): PortionInFlight {
  const { state, input } = run;
  const most = sizeOf(run, allowed);
  state.portionsStarted++;
  const { mode } = state;
  const [first, ...others] = state.handedBack;
  if (first) {
    const chunks = Math.min(most, first.chunks);
    const rest = { chunk: first.chunk + chunks, chunks: first.chunks - chunks };
    state.handedBack = rest.chunks > 0 ? [rest, ...others] : others;
    return { chunk: first.chunk, chunks, mode };
  }
  const chunk = state.nextChunk;
  const { canaryChunks } = state.findings!;
  // What is to be approved ends with a portion.
  const end = input.dryRun === false && chunk <= canaryChunks ? canaryChunks : lastChunk(run);
  const chunks = Math.min(most, end - chunk + 1);
  state.nextChunk += chunks;
  return { chunk, chunks, mode };
}

function sizeOf(run: PortionRun, allowed: number): number {
  const { portionsStarted, handedBack, nextChunk } = run.state;
  const left = lastChunk(run) - nextChunk + 1 + sumOf(handedBack);
  // Those in flight are half done, more or less.
  const share = Math.ceil((left + sumOf([...run.inFlight]) / 2) / allowed);
  return Math.max(1, Math.min(2 * portionsStarted + 1, share, MOST_CHUNKS));
}

function sumOf(portions: Portion[]): number {
  return portions.reduce((sum, { chunks }) => sum + chunks, 0);
}

/** The first chunks of a portion are done, and the others handed back. */
export function takeBack(state: PortionState, { chunk, chunks }: Portion, done: number): void {
  if (done === chunks) return;
  const rest = { chunk: chunk + done, chunks: chunks - done };
  state.handedBack = [...state.handedBack, rest].sort((a, b) => a.chunk - b.chunk);
}

/**
 * The portions whose rest is to be asked back: all in a pause and once the mode is another one, and the latest where
 * fewer may be in flight. Not in a wait for the token: they find out when it is taken again.
 */
export function portionsToAskBack(
  { state, inFlight }: PortionRun,
  allowed: number,
): PortionInFlight[] {
  const isPaused = state.pausedBy.some((reason) => reason !== 'token');
  return [...inFlight].filter(({ mode }, i) => isPaused || mode !== state.mode || i >= allowed);
}

/**
 * Chunks that may have begun and whose outcomes are not known, once nothing new starts any more. Of those that were
 * handed back any attempt may have begun some, also one that died before: the store knows.
 */
export function openChunks({ state, inFlight }: PortionRun): number[] {
  return [...state.undecidedChunks, ...[...state.handedBack, ...inFlight].flatMap(numbersOf)];
}

export function numbersOf({ chunk, chunks }: Portion): number[] {
  return Array.from({ length: chunks }, (_, i) => chunk + i);
}
