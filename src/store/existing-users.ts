/**
 * Which rows of a file have a user in Kratos already, as validation found it: for each line of the file the id of the
 * identity that its address belongs to, and, where no look-up would show it, of another one that has an address of the
 * row. Hints, not verdicts: a chunk reads those users again by their ids.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ignoreMissing } from './ignore-missing.js';
import { ID_BYTES, idAt, idToBytes } from './identity-ids.js';
import { openToRead } from './plain-file.js';
import type { RunLayout } from './run-layout.js';

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

export async function removeExistingUsers(folder: RunLayout): Promise<void> {
  await rm(folder.existingUsers, { force: true });
  await rm(folder.usersInTheWay, { force: true });
}

/** Records the user of a line, in any order of the lines. */
type RecordUser = (line: number, id: string) => void;

/** @param fill gets a function for the rows' own users, and one for users who are in the way of a row */
export async function writeExistingUsers(
  folder: RunLayout,
  fill: (existing: RecordUser, inTheWay: RecordUser) => Promise<void>,
): Promise<void> {
  await writeHints(folder.existingUsers, (existing) =>
    writeHints(folder.usersInTheWay, (inTheWay) => fill(existing, inTheWay)),
  );
}

async function writeHints(
  path: string,
  fill: (record: RecordUser) => Promise<void>,
): Promise<void> {
  const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    await fill((line, id) => void writeSync(file, idToBytes(id), 0, ID_BYTES, line * ID_BYTES));
  } finally {
    closeSync(file);
  }
}

/** What is known of the users of some lines, by line; empty where the run has no hints. */
export interface UserHints {
  existingIds: ReadonlyMap<number, string>;
  idsInTheWay: ReadonlyMap<number, string>;
}

/** @param lines in ascending order */
export async function readUserHints(
  folder: RunLayout,
  lines: readonly number[],
): Promise<UserHints> {
  return {
    existingIds: await readExistingUsers(folder, lines),
    idsInTheWay: await readHints(folder.usersInTheWay, lines),
  };
}

/**
 * The rows' own users.
 * @param lines in ascending order
 * @returns ids by line
 */
export async function readExistingUsers(
  folder: RunLayout,
  lines: readonly number[],
): Promise<Map<number, string>> {
  return readHints(folder.existingUsers, lines);
}

async function readHints(path: string, lines: readonly number[]): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return ids;
  const file = await openToRead(path).catch(ignoreMissing);
  if (!file) return ids;
  const bytes = Buffer.alloc((last - first + 1) * ID_BYTES);
  try {
    await file.read(bytes, 0, bytes.length, first * ID_BYTES);
  } finally {
    await file.close();
  }
  for (const line of lines) {
    const id = idAt(bytes, (line - first) * ID_BYTES);
    if (id !== undefined) ids.set(line, id);
  }
  return ids;
}
