/** The state of an undo as one execution hands it over to the next. */
import { z } from 'zod';
import { UNDO_PHASES } from '../../src/contract/status.js';
import type { UndoState } from './state.js';
import {
  chunkedState,
  codeCounts,
  count,
  keyOf,
  runRef,
  text,
  toldSchema,
} from '../shared/carried.js';

export function undoStateSchema(): z.ZodType<UndoState> {
  const counts = z.object({
    deleted: count(),
    restored: count(),
    already_deleted: count(),
    kept: count(),
    reasons: codeCounts(),
    mailed: count(),
    undoneBefore: count(),
  });
  return z.object({
    ...chunkedState(),
    phase: keyOf(UNDO_PHASES),
    target: z
      .object({ run: runRef(), chunks: count(), rows: count(), warnings: z.array(text()) })
      .optional(),
    approved: z.boolean(),
    told: toldSchema().optional(),
    plan: counts,
    undone: counts,
  } satisfies Record<keyof UndoState, z.ZodType>);
}
