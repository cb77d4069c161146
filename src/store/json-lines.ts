/**
 * Lists of entries as JSON lines: at most as many as a chunk has rows. What only this program reads again begins with
 * a line that says of which format it is.
 */
import { checkFormat, FORMAT_LINE } from './format.js';
import type { Store } from './store.js';

export function toLines(entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

export function parseLines<Entry>(text: string): Entry[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
}

/** Entries for this program to read again. */
export function toStampedLines(entries: readonly unknown[]): string {
  return toLines([FORMAT_LINE, ...entries]);
}

/**
 * @param what the file, for the message
 * @throws FormatError
 */
export function parseStampedLines<Entry>(what: string, text: string): Entry[] {
  const [stamp, ...entries] = parseLines<Entry>(text);
  checkFormat(what, stamp);
  return entries;
}

/** @returns undefined when there is nothing under the key */
export async function readLines<Entry>(store: Store, key: string): Promise<Entry[] | undefined> {
  const content = await store.read(key);
  return content && parseLines<Entry>(content.bytes.toString());
}

/** What stands under a key once it was written. */
export interface WrittenOnce<Entry> {
  entries: Entry[];
  /** False: another attempt had been done before. */
  isOwn: boolean;
}

/** Writes the entries unless others stand there. Kept for good when this returns. */
export async function writeLinesOnce<Entry>(
  store: Store,
  key: string,
  entries: Entry[],
): Promise<WrittenOnce<Entry>> {
  const earlier = await createOrRead(store, key, toLines(entries));
  if (earlier === undefined) return { entries, isOwn: true };
  return { entries: parseLines<Entry>(earlier), isOwn: false };
}

/** @returns what stands there already; undefined when the text was written */
export async function createOrRead(
  store: Store,
  key: string,
  text: string,
): Promise<string | undefined> {
  if (await store.create(key, text)) return undefined;
  const earlier = await store.read(key);
  if (!earlier) throw new Error('entries of another attempt were removed as they were read');
  return earlier.bytes.toString();
}
