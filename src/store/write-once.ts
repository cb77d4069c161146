/** Files of JSON lines that are written once and whole: what stands there stays, whoever comes later. */
import { readFile } from 'node:fs/promises';
import { writeDurably } from './durable-file.js';
import { toLines } from './append-log.js';
import { ignoreMissing } from './ignore-missing.js';

/**
 * On disk when this returns.
 * @returns what stands there: somebody else's, when they were done before
 */
export async function writeEntriesOnce<Entry>(path: string, entries: Entry[]): Promise<Entry[]> {
  const earlier = await readAllEntries<Entry>(path);
  if (earlier) return earlier;
  await writeEntries(path, entries);
  return entries;
}

/** The same, in the place of what stands there. */
export async function writeEntries(path: string, entries: unknown[]): Promise<void> {
  await writeDurably(path, (file) => file.write(toLines(entries)));
}

/** Undefined when there is no such file. */
export async function readAllEntries<Entry>(path: string): Promise<Entry[] | undefined> {
  const text = await readFile(path, 'utf8').catch(ignoreMissing);
  return text?.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
}
