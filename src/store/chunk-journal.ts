/**
 * The write-ahead journal of a chunk: what its attempts leave for each other. An attempt signs it before its first
 * request, writes down which users it is about to change and what they were before, and which rows it has decided.
 */
import { randomUUID } from 'node:crypto';
import type { Change, PasswordSet, RowOutcome } from '../contract/import/outcomes.js';
import { AppendLog, readEntries } from './append-log.js';

/** A change that is about to be made, with what was there before it. */
export interface Intent {
  line: number;
  changes: Change[];
  password?: PasswordSet | undefined;
}

type Entry = { attempt: string } | { intent: Intent } | { outcome: RowOutcome };

export interface JournalContent {
  attempts: Set<string>;
  /** By line: what any attempt was about to change, as it was when the first of them read the user. */
  intents: Map<number, Change[]>;
  /** By line: the passwords that attempts were about to set, of which each made a hash of its own. */
  passwords: Map<number, PasswordSet[]>;
  /** By line. */
  outcomes: Map<number, RowOutcome>;
}

export class ChunkJournal {
  private readonly attempt = randomUUID();

  private constructor(
    private readonly path: string,
    private readonly log: AppendLog<Entry>,
  ) {}

  /** Opens it for one attempt at the chunk, whose signature is on disk when this returns. */
  static async open(path: string): Promise<ChunkJournal> {
    const journal = new ChunkJournal(path, await AppendLog.open(path));
    await journal.log.append([{ attempt: journal.attempt }]);
    await journal.log.sync();
    return journal;
  }

  /** What it holds now, other attempts' entries included. */
  read(): Promise<JournalContent> {
    return readJournal(this.path);
  }

  /** Whether no other attempt has ever begun this chunk, not even one that is believed dead. */
  async isFirstAttempt(): Promise<boolean> {
    const { attempts } = await this.read();
    return attempts.size === 1 && attempts.has(this.attempt);
  }

  /** On disk when this returns: only then may the changes be made. */
  async intend(intents: Intent[]): Promise<void> {
    await this.log.append(intents.map((intent) => ({ intent })));
    await this.log.sync();
  }

  /** Saves the next attempt some work; what is lost of it is found out again. */
  async decide(outcomes: RowOutcome[]): Promise<void> {
    await this.log.append(outcomes.map((outcome) => ({ outcome })));
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

/** @returns an empty one when there is none */
export async function readJournal(path: string): Promise<JournalContent> {
  const content: JournalContent = {
    attempts: new Set(),
    intents: new Map(),
    passwords: new Map(),
    outcomes: new Map(),
  };
  for (const entry of await readEntries<Entry>(path)) {
    if ('attempt' in entry) content.attempts.add(entry.attempt);
    else if ('outcome' in entry) setOnce(content.outcomes, entry.outcome.line, entry.outcome);
    else {
      const { line, changes, password } = entry.intent;
      if (password) content.passwords.set(line, [...(content.passwords.get(line) ?? []), password]);
      content.intents.set(line, mergeChanges(content.intents.get(line) ?? [], changes));
    }
  }
  return content;
}

/** Of two changes of one field the first counts: the later one may have been read when the first was half made. */
export function mergeChanges(first: Change[], later: Change[]): Change[] {
  const paths = new Set(first.map(({ path }) => path));
  return [...first, ...later.filter(({ path }) => !paths.has(path))];
}

function setOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
