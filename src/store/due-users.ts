/**
 * Which users of a chunk are due an invitation: for each line, from the chunk's first one on, the id of its identity.
 * An index of the chunk's outcomes, so that a mail finds its user with one read of 16 bytes; the id itself must not
 * go through the workflow's history. It holds nothing that the outcomes do not, and is made anew from them where it
 * is missing.
 */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { ID_BYTES, idAt, idToBytes } from './identity-ids.js';
import type { OpenChunk } from './open-run.js';
import { readOutcomes } from './outcomes.js';

type DueChunk = Pick<OpenChunk, 'folder' | 'number' | 'range'>;

/** The outcomes of a chunk whose users are to be invited, in file order. */
export function dueOutcomes(outcomes: RowOutcome[]): RowOutcome[] {
  return outcomes.filter(({ invitation }) => invitation === 'due');
}

/** Kept for good when this returns. Whoever has written it before has written the same. */
export async function writeDueUsers(chunk: DueChunk, outcomes: RowOutcome[]): Promise<void> {
  const due = dueOutcomes(outcomes);
  const last = due.at(-1)?.line;
  const lines = last === undefined ? 0 : last - chunk.range.line + 1;
  const bytes = Buffer.alloc(lines * ID_BYTES);
  for (const { line, identityId } of due) {
    if (identityId !== undefined) idToBytes(identityId).copy(bytes, offsetOf(chunk, line));
  }
  await chunk.folder.store.create(chunk.folder.dueUsers(chunk), bytes);
}

/** @returns the id of the line's identity; undefined where no user is due an invitation */
export async function readDueUser(chunk: DueChunk, line: number): Promise<string | undefined> {
  const { store } = chunk.folder;
  const range = { start: offsetOf(chunk, line), bytes: ID_BYTES };
  const id = await store.read(chunk.folder.dueUsers(chunk), { range });
  // The outcomes have the last word: what is said here of a user is final.
  return (id && idAt(id.bytes, 0)) ?? findAndIndex(chunk, line);
}

async function findAndIndex(chunk: DueChunk, line: number): Promise<string | undefined> {
  const outcomes = await readOutcomes(chunk);
  if (!outcomes) return undefined;
  await writeDueUsers(chunk, outcomes);
  return dueOutcomes(outcomes).find((row) => row.line === line)?.identityId;
}

function offsetOf({ range }: DueChunk, line: number): number {
  return (line - range.line) * ID_BYTES;
}
