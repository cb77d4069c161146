/** The activities that undo an import: thin, over what src/undo decides. */
import { checkUndoAudit } from '../src/audit/trail.js';
import type { RunRef } from '../src/contract/ids.js';
import type { Channels } from '../src/contract/notification.js';
import type { UndoInput, UndoTarget, UndoTask } from '../src/contract/undo/input.js';
import type { RunUndone, UndoCounts, UndoPreview } from '../src/contract/undo/outcomes.js';
import { proveAdmin } from '../src/kratos/prove-admin.js';
import { prepareUndo } from '../src/undo/prepare-undo.js';
import { LaterUpdates } from '../src/undo/later-updates.js';
import { previewChunk } from '../src/undo/preview-chunk.js';
import { undoChunk, type UndoChunkDeps } from '../src/undo/undo-chunk.js';
import { writeUndo } from '../src/undo/write-undo.js';
import { runAttempt } from './attempt.js';
import { isImportOpen } from './execution-status.js';
import { openChunk } from '../src/store/open-run.js';
import type { Store } from '../src/store/store.js';
import { withChannels, type NotifyDeps } from './notify.js';
import type { OpenRunById } from './open-run.js';
import { orPreflightError } from './preflight-error.js';

export interface UndoDeps extends UndoChunkDeps, NotifyDeps {
  /** The store of the runs. */
  runs: Store;
}

/** The import that is to be undone, and the ways to tell operators; absent: none. */
export interface PreparedUndo extends UndoTarget {
  channels?: Channels;
}

export interface PrepareUndoRequest {
  undo: RunRef;
  input: UndoInput;
}

export interface UndoChunkRequest extends UndoTask {
  /** Counted from 1. */
  chunk: number;
}

export interface PreviewUndoRequest extends UndoChunkRequest {
  /** Runs whose undo comes before, and which updated users; the newest first. */
  later: RunRef[];
}

export function undoActivities(deps: UndoDeps, openRun: OpenRunById) {
  const openUndo = async (task: UndoTask) => ({ ...(await openRun(task.run)), ...task });
  const laterUpdates = keepLast(async (later: RunRef[]) =>
    LaterUpdates.read(await Promise.all(later.map((run) => openRun(run)))),
  );
  return {
    /**
     * Finds the import's runs, and proves that they have ended and that Kratos and the audit database are there. Fails
     * the undo with what is wrong, but for servers that do not answer, which is retryable. Says how operators are told,
     * also then.
     */
    prepareUndo({ undo, input }: PrepareUndoRequest): Promise<PreparedUndo> {
      return withChannels(deps, () =>
        runAttempt({ run: undo }, async ({ progress }) => {
          let chunks = 0;
          const onChunk = () => progress({ chunks: ++chunks });
          const target = await prepareUndo(deps.runs, input, isImportOpen, onChunk);
          await orPreflightError(async () => {
            await proveAdmin(deps.kratos);
            await checkUndoAudit(deps, target.runs[0]!.run, input.actor);
          });
          return target;
        }),
      );
    },

    /** What would become of a chunk's users; changes nothing. */
    previewUndo({ chunk, later, ...task }: PreviewUndoRequest): Promise<UndoPreview> {
      return runAttempt({ run: task.undo, chunk }, async (attempt) => {
        const key = JSON.stringify([task.undo, later]);
        const updates = await laterUpdates(key, later);
        const open = await openChunk(await openUndo(task), chunk);
        return previewChunk(deps, open, updates, attempt);
      });
    },

    /** Undoes a chunk: what became of its users is on disk, their audit events too, when this returns the counts. */
    undoRows({ chunk, ...task }: UndoChunkRequest): Promise<UndoCounts> {
      return runAttempt({ run: task.undo, chunk }, async (attempt) =>
        undoChunk(deps, await openChunk(await openUndo(task), chunk), attempt),
      );
    },

    /** Writes undo.csv, and the run's audit.jsonl and report.json anew. */
    writeUndo(task: UndoTask): Promise<Omit<RunUndone, 'run' | 'undone'>> {
      return runAttempt({ run: task.undo }, async () => {
        const undo = await openUndo(task);
        return { folder: undo.folder.address, ...(await writeUndo(undo, deps.now)) };
      });
    },
  };
}

/** Makes anew what is asked for under another key than the last one: it may be large. */
function keepLast<Asked, Made>(
  make: (asked: Asked) => Promise<Made>,
): (key: string, asked: Asked) => Promise<Made> {
  let last: { key: string; made: Promise<Made> } | undefined;
  return (key, asked) => {
    if (last?.key === key) return last.made;
    const made = make(asked);
    last = { key, made };
    made.catch(() => {
      if (last?.made === made) last = undefined;
    });
    return made;
  };
}
