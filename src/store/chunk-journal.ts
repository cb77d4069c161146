/**
 * What the attempts at one chunk leave for each other: that they were there, which users they are about to change and
 * how these were before, and which rows are decided already. A file to which lines are only ever added, so that several
 * attempts may write at once; a line that was cut off by a crash counts as not written.
 */
import { randomUUID } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Change, RowOutcome } from '../contract/import/outcomes.js';
import { appendEntries, readEntries } from './append-log.js';

/** A change that is about to be made, with what was there before it. */
export interface Intent {
  line: number;
  changes: Change[];
}

type Entry = { attempt: string } | { intent: Intent } | { outcome: RowOutcome };

export interface JournalContent {
  attempts: Set<string>;
  /** By line: what any attempt was about to change, as it was when the first of them looked. */
  intents: Map<number, Change[]>;
  /** By line. */
  outcomes: Map<number, RowOutcome>;
}

export class ChunkJournal {
  private readonly attempt = randomUUID();

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  /** Opens it for one attempt at the chunk, which stands in it, on disk, when this returns. */
  static async open(path: string): Promise<ChunkJournal> {
    const journal = new ChunkJournal(path, await open(path, 'a', 0o600));
    await journal.append([{ attempt: journal.attempt }]);
    await journal.file.sync();
    const folder = await open(dirname(path), 'r');
    await folder.sync().finally(() => folder.close());
    return journal;
  }

  /** What stands in it now, other attempts' lines included. */
  read(): Promise<JournalContent> {
    return readJournal(this.path);
  }

  /** Whether nobody else has ever begun this chunk, not even somebody who was believed dead. */
  async isFirstAttempt(): Promise<boolean> {
    const { attempts } = await this.read();
    return attempts.size === 1 && attempts.has(this.attempt);
  }

  /** On disk when this returns: only then may the changes be made. */
  async intend(intents: Intent[]): Promise<void> {
    await this.append(intents.map((intent) => ({ intent })));
    await this.file.sync();
  }

  /** Saves the next attempt some work; what is lost of it is found out again. */
  async decide(outcomes: RowOutcome[]): Promise<void> {
    await this.append(outcomes.map((outcome) => ({ outcome })));
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private append(entries: Entry[]): Promise<void> {
    return appendEntries(this.file, entries);
  }
}

/** @returns an empty one when there is none */
export async function readJournal(path: string): Promise<JournalContent> {
  const content: JournalContent = { attempts: new Set(), intents: new Map(), outcomes: new Map() };
  for (const entry of await readEntries<Entry>(path)) {
    if ('attempt' in entry) content.attempts.add(entry.attempt);
    else if ('outcome' in entry) keepFirst(content.outcomes, entry.outcome.line, entry.outcome);
    else {
      const { line, changes } = entry.intent;
      content.intents.set(line, mergeChanges(content.intents.get(line) ?? [], changes));
    }
  }
  return content;
}

/** Changes of the same fields are those that were seen first: later ones may have been seen half done. */
export function mergeChanges(first: Change[], later: Change[]): Change[] {
  const known = new Set(first.map(({ path }) => path));
  return [...first, ...later.filter(({ path }) => !known.has(path))];
}

function keepFirst<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
