/**
 * Append-only logs of JSON lines: several attempts may add to one at once, and a crash may cut its last line off, which
 * then counts as not written.
 */
import type { FileHandle } from 'node:fs/promises';
import { syncFolderOf } from './durable-file.js';
import { ignoreMissing } from './ignore-missing.js';
import { toLines } from './json-lines.js';
import { openToAppend, readText } from './plain-file.js';

export class AppendLog<Entry> {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  /** Makes the file where there is none, for its owner only. Its name is on disk when this returns. */
  static async open<Entry>(path: string): Promise<AppendLog<Entry>> {
    const log = new AppendLog<Entry>(path, await openToAppend(path));
    try {
      // Also where it was there already: the attempt that made it may not have come as far.
      await syncFolderOf(path);
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Other attempts see the entries when this returns; a power cut may still take them. */
  async append(entries: Entry[]): Promise<void> {
    if (entries.length === 0) return;
    // A line break comes first, too: it ends a line that a crash may have left half written.
    const text = `\n${toLines(entries)}`;
    // One write, which the system keeps in one piece; appendFile would cut it, and let others' lines in between.
    const { bytesWritten } = await this.file.write(text);
    if (bytesWritten < Buffer.byteLength(text)) throw new Error('the disk took only a part of it');
  }

  /** All that was appended is on disk when this returns. */
  sync(): Promise<void> {
    return this.file.sync();
  }

  /** What the log holds now, other attempts' entries included. */
  read(): Promise<Entry[]> {
    return readEntries(this.path);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** The lines that are whole, in order; none when there is no such file. */
export async function readEntries<Entry>(path: string): Promise<Entry[]> {
  const text = (await readText(path).catch(ignoreMissing)) ?? '';
  return text.split('\n').flatMap((line) => parseEntry<Entry>(line));
}

function parseEntry<Entry>(line: string): Entry[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}
