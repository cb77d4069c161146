import { countCode } from '../contract/findings.js';
import { shownLine } from '../contract/import/outcomes.js';
import type { RunRef } from '../contract/ids.js';
import { NO_UNDO_COUNTS, type UndoCounts, type UndoEntry } from '../contract/undo/outcomes.js';
import { isFinal } from '../store/undo-ledger.js';
import type { UndoDecision } from './decision.js';
import type { UndoRow } from './undo-rows.js';

const BECOMES = {
  delete: 'deleted',
  restore: 'restored',
  'already-deleted': 'already_deleted',
  keep: 'kept',
} as const satisfies Record<UndoDecision['do'], UndoEntry['undone']>;

/** Adds up what becomes, or would become, of rows. */
export class Tally {
  readonly counts: UndoCounts = { ...NO_UNDO_COUNTS, reasons: {} };

  constructor(private readonly undo: RunRef) {}

  addDecision(row: UndoRow, decision: UndoDecision): void {
    const reason = decision.do === 'keep' ? decision.reason : undefined;
    this.add(row, { undone: BECOMES[decision.do], reason });
  }

  addEntry(row: UndoRow, entry: UndoEntry): void {
    if (isFinal(entry) && entry.undo !== this.undo.runId) this.counts.undoneBefore++;
    else this.add(row, entry);
  }

  private add(
    { line, isMailed }: UndoRow,
    { undone, reason }: Pick<UndoEntry, 'undone' | 'reason'>,
  ): void {
    this.counts[undone]++;
    if (reason) countCode(this.counts.reasons, reason, shownLine(line));
    if (undone === 'deleted' && isMailed) this.counts.mailed++;
  }
}
