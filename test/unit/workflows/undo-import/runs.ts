import {
  NO_UNDO_COUNTS,
  type UndoCounts,
  type UndoPreview,
} from '../../../../src/contract/undo/outcomes.js';
import type { RunToUndo, UndoTarget } from '../../../../src/contract/undo/input.js';
import {
  newState,
  setTarget,
  type UndoRun,
  type UndoState,
} from '../../../../workflows/undo-import/state.js';

export const NOW = Date.parse('2026-11-02T10:00:00Z');
export const REF = { workflowId: 'undo-import-1', runId: 'undo-run-1' };
const STARTED_AT = '2026-11-02T09:00:00.000Z';

export const RUN_TO_UNDO: RunToUndo = {
  run: { workflowId: 'import-1', runId: '01a21df5-828f-76c7-a99a-6964681d8426' },
  ...{ startedAt: STARTED_AT, file: 'users.csv', rows: 1000, updated: 0, chunks: 10 },
};
const TARGET: UndoTarget = { runs: [RUN_TO_UNDO], left: [], warnings: ['A warning.'] };

/** An undo of ten chunks of a hundred users in its preview. */
export function runOf({ target = TARGET, ...state }: Partial<UndoState> = {}): UndoRun {
  const found = newState();
  setTarget(found, target);
  return {
    ref: REF,
    input: { workflowId: 'import-1', actor: 'alice', force: false },
    state: { ...found, phase: 'previewing', ...state },
    inFlight: new Set(),
  };
}

export const countsOf = (keys: Partial<UndoCounts>): UndoCounts => ({ ...NO_UNDO_COUNTS, ...keys });
export const previewOf = (keys: Partial<UndoPreview>): UndoPreview => ({
  ...NO_UNDO_COUNTS,
  counted: 0,
  ...keys,
});
export const textsOf = ({ notices }: UndoState) => notices.map(({ text }) => text);
