/** The state of an undo as one execution hands it over to the next. */
import { z } from 'zod';
import { UNDO_PHASES } from '../../src/contract/status.js';
import type { UndoState } from './state.js';
import { chunkedState, codeCounts, count, keyOf, runRef, text } from '../shared/carried.js';

export function undoStateSchema(): z.ZodType<UndoState> {
  const numbers = {
    deleted: count(),
    restored: count(),
    already_deleted: count(),
    kept: count(),
    undoneBefore: count(),
  };
  const counts = { ...numbers, reasons: codeCounts(), mailed: count() };
  const withUsers = { run: runRef(), startedAt: text(), file: text(), rows: count() };
  return z.object({
    ...chunkedState(),
    phase: keyOf(UNDO_PHASES),
    cancelled: z.literal(true).optional(),
    target: z
      .object({
        runs: z.array(z.object({ ...withUsers, updated: count(), chunks: count() })),
        left: z.array(z.object(withUsers)),
        warnings: z.array(text()),
      })
      .optional(),
    approved: z.boolean(),
    plan: z.object({ ...counts, counted: count() }),
    undone: z.object(counts),
    runs: z.array(z.object({ plan: z.object(numbers), undone: z.object(numbers) })),
  } satisfies Record<keyof UndoState, z.ZodType>);
}
