/** The activities that undo an import: thin, over what src/undo decides. */
import type { AuditDatabase } from '../src/audit/audit-database.js';
import { checkUndoAudit } from '../src/audit/trail.js';
import type { RunRef } from '../src/contract/ids.js';
import type { UndoCounts, UndoInput, UndoSummary, UndoTarget } from '../src/contract/undo/index.js';
import type { Kratos } from '../src/kratos/kratos.js';
import type { RetryAfterGate } from '../src/kratos/retry-after-gate.js';
import type { PlanCache } from '../src/validation/plan-cache.js';
import { RunFolder } from '../src/store/run-folder.js';
import { prepareUndo } from '../src/undo/prepare-undo.js';
import { previewChunk, undoChunk } from '../src/undo/undo-chunk.js';
import { writeUndo } from '../src/undo/write-undo.js';
import { isRunOpen } from './execution-status.js';
import { orPreflightError } from './preflight-error.js';
import { runAttempt } from './attempt.js';

export interface UndoDeps {
  kratos: Kratos;
  retryAfter: RetryAfterGate;
  runsRoot: string;
  audit?: AuditDatabase;
  now: () => Date;
}

/** The run that is undone, and who undoes it. */
export interface UndoRequestOfRun {
  run: RunRef;
  undo: RunRef;
  actor: string;
  force: boolean;
}

export interface UndoChunkRequest extends UndoRequestOfRun {
  /** Counted from 1. */
  chunk: number;
}

export function undoActivities(deps: UndoDeps, plans: PlanCache) {
  const loaded = async (of: UndoRequestOfRun) => {
    const folder = new RunFolder(deps.runsRoot, of.run);
    const { plan } = await plans.get(folder);
    return { ...of, folder, plan };
  };
  return {
    /**
     * Finds the run, and proves that it has ended and that Kratos and the audit database are there. Fails the undo with what
     * is wrong, but for servers that do not answer, which is retryable.
     */
    prepareUndo({ undo, input }: { undo: RunRef; input: UndoInput }): Promise<UndoTarget> {
      return runAttempt({ run: undo }, async ({ progress }) => {
        const looked = (chunk: number) => progress({ chunk });
        const target = await prepareUndo(deps.runsRoot, input, isRunOpen, looked);
        await orPreflightError(async () => {
          await deps.kratos.ready();
          await deps.kratos.checkToken();
          await checkUndoAudit(deps, target.run, input.actor);
        });
        return target;
      });
    },

    /** What would become of a chunk's users; changes nothing. */
    previewUndo({ chunk, ...of }: UndoChunkRequest): Promise<UndoCounts> {
      return runAttempt({ run: of.undo, chunk }, async (attempt) =>
        previewChunk(deps, { ...(await loaded(of)), chunk }, attempt),
      );
    },

    /** Takes a chunk's users back; what became of them is on disk, their audit events too, when this returns the counts. */
    undoRows({ chunk, ...of }: UndoChunkRequest): Promise<UndoCounts> {
      return runAttempt({ run: of.undo, chunk }, async (attempt) =>
        undoChunk(deps, { ...(await loaded(of)), chunk }, attempt),
      );
    },

    /** Writes undo.csv, and the run's audit.jsonl and report.json anew. */
    writeUndo(of: UndoRequestOfRun): Promise<Pick<UndoSummary, 'folder' | 'files' | 'notReached'>> {
      return runAttempt({ run: of.undo }, async () => {
        const undone = await loaded(of);
        return { folder: undone.folder.path, ...(await writeUndo(undone, deps.now)) };
      });
    },
  };
}
