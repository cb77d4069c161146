/** What an undo works on: the run that is undone, or one of its chunks, and what the operator asked for. */
import type { UndoTask } from '../contract/undo/input.js';
import type { OpenChunk, OpenRun } from '../store/open-run.js';

export interface OpenUndo extends OpenRun, UndoTask {}

export interface ChunkToUndo extends OpenChunk, UndoTask {}
