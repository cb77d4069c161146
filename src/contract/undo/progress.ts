/** What an operator sees of a running undo: the answer of its query `progress`. */
import type { Notice } from '../import/progress.js';
import type { UndoPhase } from '../status.js';
import type { RunWithUsers } from './input.js';
import type { RunUndoCounts, UndoCounts, UndoPreview, UndoScope } from './outcomes.js';

export interface RunUndoProgress extends RunWithUsers {
  plan: RunUndoCounts;
  undone: RunUndoCounts;
}

export interface UndoProgress {
  phase: UndoPhase;
  paused: boolean;
  /** It was cancelled: what is in flight finishes, then the list is written if anything was done. */
  cancelling: boolean;
  undoOf: UndoScope;
  /** The runs that are undone, the newest first; none until they are found. */
  runs: RunUndoProgress[];
  /** Other runs of the import with users who are not undone. */
  left: RunWithUsers[];
  /** Whether users who are in use are deleted and restored, too. */
  forced: boolean;
  /** Of this phase: the preview first, then the undo itself. */
  rows: { total: number; done: number };
  chunks: { total: number; done: number; inFlight: number; allowed: number };
  ratePerSecond: number | null;
  etaSeconds: number | null;
  /** What it would do, as far as the preview has come. */
  plan: UndoPreview & { warnings: string[] };
  /** What it has done. */
  undone: UndoCounts;
  notices: Notice[];
}

export function isUndoProgress(progress: object): progress is UndoProgress {
  return 'undoOf' in progress;
}
