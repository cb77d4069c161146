/** Files of JSON lines that several attempts may add to at once, and that a crash may cut off. */
import { readFile, type FileHandle } from 'node:fs/promises';
import { ignoreMissing } from './ignore-missing.js';

/** One text of all of them: for as many entries as a chunk has. */
export function toLines(entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** @param file opened for appending */
export async function appendEntries(file: FileHandle, entries: unknown[]): Promise<void> {
  if (entries.length === 0) return;
  // A line break comes first, too: it ends what a crash may have left half written.
  const text = `\n${toLines(entries)}`;
  // In one piece, which the system keeps whole; appendFile would cut it, and let others' lines in between.
  const { bytesWritten } = await file.write(text);
  if (bytesWritten < Buffer.byteLength(text)) throw new Error('the disk took only a part of it');
}

/** The lines that are whole, in order; none when there is no such file. */
export async function readEntries<Entry>(path: string): Promise<Entry[]> {
  const text = (await readFile(path, 'utf8').catch(ignoreMissing)) ?? '';
  return text.split('\n').flatMap((line) => parsed<Entry>(line));
}

function parsed<Entry>(line: string): Entry[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}
