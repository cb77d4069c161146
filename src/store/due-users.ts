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

/**
 * The same of several lines, with one read.
 * @param lines in ascending order, at least one
 */
export async function readDueUsers(
  chunk: DueChunk,
  lines: readonly number[],
): Promise<Map<number, string>> {
  const [first, last] = [lines[0]!, lines.at(-1)!];
  const start = offsetOf(chunk, first);
  const range = { start, bytes: offsetOf(chunk, last) + ID_BYTES - start };
  const read = await chunk.folder.store.read(chunk.folder.dueUsers(chunk), { range });
  const ids = new Map<number, string>();
  for (const line of lines) {
    const id = read && idAt(read.bytes, offsetOf(chunk, line) - start);
    if (id !== undefined) ids.set(line, id);
  }
  if (ids.size === lines.length) return ids;
  // The outcomes have the last word: what is said here of a user is final.
  const outcomes = await indexOutcomes(chunk);
  for (const { line, identityId } of outcomes) {
    if (identityId !== undefined) ids.set(line, identityId);
  }
  return ids;
}

async function findAndIndex(chunk: DueChunk, line: number): Promise<string | undefined> {
  return (await indexOutcomes(chunk)).find((row) => row.line === line)?.identityId;
}

/** @returns the outcomes of the users who are due, whose index is made anew */
async function indexOutcomes(chunk: DueChunk): Promise<RowOutcome[]> {
  const outcomes = await readOutcomes(chunk);
  if (!outcomes) return [];
  await writeDueUsers(chunk, outcomes);
  return dueOutcomes(outcomes);
}

function offsetOf({ range }: DueChunk, line: number): number {
  return (line - range.line) * ID_BYTES;
}
