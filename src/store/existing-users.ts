/**
 * Which users of a file are in Kratos already: hints that validation leaves for the chunks. 16 bytes for each line of
 * the file, so that a chunk reads its own with one seek: the id of the user whom the line's address belongs to, or zeros.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { ignoreMissing } from './ignore-missing.js';
import type { RunFolder } from './run-folder.js';

const ID_BYTES = 16;

export async function removeExistingUsers(folder: RunFolder): Promise<void> {
  await rm(folder.existingUsers, { force: true });
}

/** @param fill gets a function that records the user of a line, in any order of the lines */
export async function writeExistingUsers(
  folder: RunFolder,
  fill: (record: (line: number, id: string) => void) => Promise<void>,
): Promise<void> {
  const file = openSync(folder.existingUsers, 'w', 0o600);
  try {
    await fill((line, id) => void writeSync(file, toBytes(id), 0, ID_BYTES, line * ID_BYTES));
  } finally {
    closeSync(file);
  }
}

/**
 * @param lines in ascending order
 * @returns ids by line; empty when there are no hints
 */
export async function readExistingUsers(
  folder: RunFolder,
  lines: readonly number[],
): Promise<Map<number, string>> {
  const existing = new Map<number, string>();
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return existing;
  const file = await open(folder.existingUsers, 'r').catch(ignoreMissing);
  if (!file) return existing;
  const ids = Buffer.alloc((last - first + 1) * ID_BYTES);
  try {
    await file.read(ids, 0, ids.length, first * ID_BYTES);
  } finally {
    await file.close();
  }
  for (const line of lines) {
    const at = (line - first) * ID_BYTES;
    const hex = ids.toString('hex', at, at + ID_BYTES);
    if (/[^0]/.test(hex)) existing.set(line, toId(hex));
  }
  return existing;
}

function toBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function toId(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
