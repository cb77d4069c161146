/**
 * The write-ahead journal of a chunk: what its attempts leave for each other. An attempt signs it before its first
 * request, writes down which users it is about to change and what they were before, and which rows it has decided.
 */
import { randomUUID } from 'node:crypto';
import type { SourceCode } from '../contract/codes.js';
import type { Change, PasswordSet, RowOutcome } from '../contract/import/outcomes.js';
import { MARK_PATH } from '../identity/origin.js';
import { Log } from './log.js';
import type { Store } from './store.js';

/** A change that is about to be made, with what was there before it. */
export interface Intent {
  line: number;
  changes: Change[];
  password?: PasswordSet | undefined;
  /** What the outcome will say of them besides. */
  codes?: SourceCode[];
  /** The user who is about to be deleted. */
  deleting?: string;
}

type Entry = { attempt: string } | Left | { intent: Intent } | { outcome: RowOutcome };

/** An attempt has handed back the rest, and knows what became of all that it has sent. */
interface Left {
  left: string;
  /** The lines of its intents that it has not carried out, nor begun to. */
  unmade: number[];
}

export interface JournalContent {
  attempts: Set<string>;
  /**
   * Those of them that have handed back the rest, and knew what became of all that they had sent, with the lines of
   * their intents that they had not begun to carry out.
   */
  left: Map<string, number[]>;
  /** By line: how many attempts were about to change it. */
  begun: Map<number, number>;
  /** By line: what any attempt was about to change, as it was when the first of them read the user. */
  intents: Map<number, Change[]>;
  /** By line: the passwords that attempts were about to set, of which each made a hash of its own. */
  passwords: Map<number, PasswordSet[]>;
  /** By line: what the outcomes of the changes say besides. */
  codes: Map<number, SourceCode[]>;
  /** By line: users whom an attempt was about to delete. */
  deleting: Map<number, string>;
  /** By line. */
  outcomes: Map<number, RowOutcome>;
}

export class ChunkJournal {
  private readonly attempt = randomUUID();
  private readonly log: Log<Entry>;
  /** Decided, and not kept yet. */
  private unkept: RowOutcome[] = [];
  /** Set once this attempt hands back the rest. */
  private left: Left[] = [];
  private readonly unmade = new Set<number>();

  private constructor(store: Store, prefix: string) {
    this.log = new Log(store, prefix);
  }

  /**
   * Opens it for one attempt at the chunk, whose signature is kept when this returns.
   * @param prefix see RunLayout
   */
  static async open(store: Store, prefix: string): Promise<ChunkJournal> {
    const journal = new ChunkJournal(store, prefix);
    await journal.log.add([{ attempt: journal.attempt }]);
    return journal;
  }

  /** Signs it for one that sends nothing: no other attempt takes itself for the first from then on. */
  static async sign(store: Store, prefix: string): Promise<void> {
    const attempt = randomUUID();
    await new Log<Entry>(store, prefix).add([{ attempt }, { left: attempt, unmade: [] }]);
  }

  /** What it holds now, other attempts' entries included. */
  async read(): Promise<JournalContent> {
    return contentOf(await this.log.read());
  }

  /** Whether no other attempt has ever begun this chunk, not even one that is believed dead. */
  async isFirstAttempt(): Promise<boolean> {
    const { attempts } = await this.read();
    return attempts.size === 1 && attempts.has(this.attempt);
  }

  /** Kept for good when this returns, with all that was decided: only then may the changes be made. */
  async intend(intents: Intent[]): Promise<void> {
    for (const { line } of intents) this.unmade.add(line);
    await this.add(intents.map((intent) => ({ intent })));
  }

  /**
   * Saves the next attempt some work. What is lost of it is found out again, so that it waits for the next `intend`; but
   * that a user was created or changed waits for one more call at most, since there may be no other attempt.
   */
  async decide(outcomes: RowOutcome[]): Promise<void> {
    const hasWaited = this.unkept.some(({ outcome }) => CHANGES_USERS.has(outcome));
    this.unkept.push(...outcomes);
    if (hasWaited) await this.keep();
  }

  /** What the line's intent says takes more than one request, and is begun now. */
  begin(line: number): void {
    this.unmade.delete(line);
  }

  /**
   * This attempt hands back the rest, and knows what became of all that it has sent: rows that nobody has decided are
   * not in doubt because of it. Kept with what is kept next.
   */
  leave(): void {
    this.left = [{ left: this.attempt, unmade: [...this.unmade] }];
  }

  /** All that was decided is kept when this returns. */
  async keep(): Promise<void> {
    await this.add([]);
  }

  private async add(intents: Entry[]): Promise<void> {
    const outcomes = this.unkept;
    this.unkept = [];
    const decided = outcomes.map((outcome) => ({ outcome }));
    await this.log.add([...decided, ...intents, ...this.left]);
  }
}

const CHANGES_USERS = new Set<RowOutcome['outcome']>([
  'created',
  'updated',
  'deactivated',
  'deleted',
]);

/** @returns an empty one when there is none */
export async function readJournal(store: Store, prefix: string): Promise<JournalContent> {
  return contentOf(await new Log<Entry>(store, prefix).read());
}

/**
 * Which rows are in doubt, of those that nobody has decided: all where an attempt died or lost an answer, else those
 * that one had begun to change.
 * @returns asked with no line: whether any is
 */
export function doubts(content: JournalContent): (line: number | undefined) => boolean {
  const { attempts, left, begun, outcomes } = content;
  if (attempts.size > left.size) return () => true;
  const open = new Map([...begun].filter(([line]) => !outcomes.has(line)));
  for (const line of [...left.values()].flat()) open.set(line, (open.get(line) ?? 0) - 1);
  const isOpen = (line: number): boolean => (open.get(line) ?? 0) > 0;
  return (line) => (line === undefined ? [...open.keys()].some(isOpen) : isOpen(line));
}

function contentOf(entries: Entry[]): JournalContent {
  const content: JournalContent = {
    attempts: new Set(),
    left: new Map(),
    begun: new Map(),
    intents: new Map(),
    passwords: new Map(),
    codes: new Map(),
    deleting: new Map(),
    outcomes: new Map(),
  };
  for (const entry of entries) {
    if ('attempt' in entry) content.attempts.add(entry.attempt);
    else if ('left' in entry) content.left.set(entry.left, entry.unmade);
    else if ('outcome' in entry) setOnce(content.outcomes, entry.outcome.line, entry.outcome);
    else {
      const { line, changes, password, codes, deleting } = entry.intent;
      content.begun.set(line, (content.begun.get(line) ?? 0) + 1);
      if (password) content.passwords.set(line, [...(content.passwords.get(line) ?? []), password]);
      if (codes) content.codes.set(line, union(content.codes.get(line), codes));
      if (deleting !== undefined) content.deleting.set(line, deleting);
      content.intents.set(line, mergeChanges(content.intents.get(line) ?? [], changes));
    }
  }
  return content;
}

/**
 * Of two changes of one field the first counts: the later one may have been read when the first was half made. Only the
 * mark of a source each attempt makes anew, so that the last one is there in the end.
 */
export function mergeChanges(first: readonly Change[], later: readonly Change[]): Change[] {
  const paths = new Set(first.map(({ path }) => path));
  const mark = later.find(({ path }) => path === MARK_PATH);
  const merged = first.map((change) =>
    mark && change.path === MARK_PATH ? { ...change, after: mark.after } : change,
  );
  return [...merged, ...later.filter(({ path }) => !paths.has(path))];
}

/** Without those that are in both twice. */
export function union<T>(some: readonly T[] = [], others: readonly T[] = []): T[] {
  return [...new Set([...some, ...others])];
}

function setOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
