import { NO_UNDO_COUNTS, type UndoCounts } from '../../../../src/contract/undo/outcomes.js';
import { newState, type UndoRun, type UndoState } from '../../../../workflows/undo-import/state.js';

export const NOW = Date.parse('2026-11-02T10:00:00Z');
export const REF = { workflowId: 'undo-import-1', runId: 'undo-run-1' };
export const TARGET = {
  run: { workflowId: 'import-1', runId: 'run-1' },
  ...{ chunks: 10, rows: 1000, warnings: ['A warning.'] },
};

/** An undo of ten chunks of a hundred users in its preview. */
export function runOf(state: Partial<UndoState> = {}): UndoRun {
  return {
    ref: REF,
    input: { workflowId: 'import-1', actor: 'alice', force: false },
    state: { ...newState(), phase: 'previewing', target: TARGET, ...state },
    inFlight: new Set(),
  };
}

export const countsOf = (keys: Partial<UndoCounts>): UndoCounts => ({ ...NO_UNDO_COUNTS, ...keys });
export const textsOf = ({ notices }: UndoState) => notices.map(({ text }) => text);
