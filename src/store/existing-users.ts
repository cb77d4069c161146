/**
 * Which rows of a file have a user in Kratos already, as validation found it: for each line of the file the id of the
 * identity that its address belongs to, and, where no look-up would show them, of others that have an address of the
 * row. Hints, not verdicts: a chunk reads those users again by their ids.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ignoreMissing } from './ignore-missing.js';
import { ID_BYTES, idAt, idToBytes } from './identity-ids.js';
import { openToRead } from './plain-file.js';
import type { RunLayout } from './run-layout.js';

const { O_CREAT, O_NOFOLLOW, O_RDWR, O_TRUNC } = constants;

/** Users in the way of one row that are kept: as many as Kratos has kinds of addresses, each of which one user has. */
const IN_THE_WAY = 4;

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
  await writeHints(folder.existingUsers, 1, (existing) =>
    writeHints(folder.usersInTheWay, IN_THE_WAY, (inTheWay) => fill(existing, inTheWay)),
  );
}

async function writeHints(
  path: string,
  most: number,
  fill: (record: RecordUser) => Promise<void>,
): Promise<void> {
  const file = openSync(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  const known = Buffer.alloc(most * ID_BYTES);
  try {
    await fill((line, id) => {
      const start = line * most * ID_BYTES;
      readSync(file, known.fill(0), 0, known.length, start);
      const ids = idsIn(known, 0, most);
      if (ids.includes(id)) return;
      const place = Math.min(ids.length, most - 1);
      writeSync(file, idToBytes(id), 0, ID_BYTES, start + place * ID_BYTES);
    });
  } finally {
    closeSync(file);
  }
}

/** What is known of the users of some lines, by line; empty where the run has no hints. */
export interface UserHints {
  existingIds: ReadonlyMap<number, string>;
  idsInTheWay: ReadonlyMap<number, string[]>;
}

/** @param lines in ascending order */
export async function readUserHints(
  folder: RunLayout,
  lines: readonly number[],
): Promise<UserHints> {
  return {
    existingIds: await readExistingUsers(folder, lines),
    idsInTheWay: await readHints(folder.usersInTheWay, IN_THE_WAY, lines),
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
  const hints = await readHints(folder.existingUsers, 1, lines);
  return new Map([...hints].map(([line, [id]]) => [line, id!]));
}

async function readHints(
  path: string,
  most: number,
  lines: readonly number[],
): Promise<Map<number, string[]>> {
  const hints = new Map<number, string[]>();
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return hints;
  const file = await openToRead(path).catch(ignoreMissing);
  if (!file) return hints;
  const width = most * ID_BYTES;
  const bytes = Buffer.alloc((last - first + 1) * width);
  try {
    await file.read(bytes, 0, bytes.length, first * width);
  } finally {
    await file.close();
  }
  for (const line of lines) {
    const ids = idsIn(bytes, (line - first) * width, most);
    if (ids.length > 0) hints.set(line, ids);
  }
  return hints;
}

function idsIn(bytes: Buffer, offset: number, most: number): string[] {
  return Array.from({ length: most }, (_, i) => idAt(bytes, offset + i * ID_BYTES)).filter(
    (id) => id !== undefined,
  );
}
