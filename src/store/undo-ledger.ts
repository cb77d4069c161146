/**
 * The ledger of an undo: what it has made of the rows of a chunk. Which users are about to be deleted or restored is
 * on disk before Kratos is asked: when a user is found deleted and no entry says so, the ledger says by which undo.
 */
import { randomUUID } from 'node:crypto';
import type { UndoEntry } from '../contract/undo/outcomes.js';
import { AppendLog, readEntries } from './append-log.js';

type Line =
  { attempt: string } | { intends: number } | { entry: UndoEntry } | { audited: number[] };

export interface UndoLedgerContent {
  attempts: Set<string>;
  /** Lines of rows that an attempt was about to undo, with no entry since. */
  begun: Set<number>;
  /** By line: a user who is deleted or restored stays so; a kept one, or one not found, is decided anew by each undo. */
  entries: Map<number, UndoEntry>;
  /** Lines whose events the audit database has. */
  audited: Set<number>;
}

export class UndoLedger {
  private readonly attempt = randomUUID();

  private constructor(
    private readonly path: string,
    private readonly log: AppendLog<Line>,
  ) {}

  /** Opens it for one attempt at the chunk, whose signature is on disk when this returns. */
  static async open(path: string): Promise<UndoLedger> {
    const ledger = new UndoLedger(path, await AppendLog.open(path));
    await ledger.log.append([{ attempt: ledger.attempt }]);
    await ledger.log.sync();
    return ledger;
  }

  /** What it holds now, other attempts' entries included. */
  read(): Promise<UndoLedgerContent> {
    return readUndoLedger(this.path);
  }

  /** Whether no other attempt has ever begun to undo this chunk. */
  async isFirstAttempt(): Promise<boolean> {
    const { attempts } = await this.read();
    return attempts.size === 1 && attempts.has(this.attempt);
  }

  /** On disk when this returns: only then may the users be deleted or restored. */
  async intend(lines: number[]): Promise<void> {
    if (lines.length === 0) return;
    await this.log.append(lines.map((line) => ({ intends: line })));
    await this.log.sync();
  }

  /** What is lost of it in a crash is found out again. */
  async add(entries: UndoEntry[]): Promise<void> {
    await this.log.append(entries.map((entry) => ({ entry })));
  }

  async addAudited(lines: number[]): Promise<void> {
    await this.log.append([{ audited: lines }]);
  }

  sync(): Promise<void> {
    return this.log.sync();
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

/** @returns an empty one when there is none */
export async function readUndoLedger(path: string): Promise<UndoLedgerContent> {
  const content: UndoLedgerContent = {
    attempts: new Set(),
    begun: new Set(),
    entries: new Map(),
    audited: new Set(),
  };
  for (const line of await readEntries<Line>(path)) {
    if ('attempt' in line) content.attempts.add(line.attempt);
    else if ('intends' in line) content.begun.add(line.intends);
    else if ('audited' in line) for (const each of line.audited) content.audited.add(each);
    else addEntry(content, line.entry);
  }
  return content;
}

function addEntry({ begun, entries }: UndoLedgerContent, entry: UndoEntry): void {
  begun.delete(entry.line);
  const earlier = entries.get(entry.line);
  if (!earlier || !isFinal(earlier)) entries.set(entry.line, entry);
}

/** Whether a later undo has nothing left to do for the row. */
export function isFinal({ undone }: UndoEntry): boolean {
  return undone === 'deleted' || undone === 'restored';
}

/** The entry of a row for which this undo has nothing left to do. */
export function finalEntry({ entries }: UndoLedgerContent, line: number): UndoEntry | undefined {
  const entry = entries.get(line);
  return entry && isFinal(entry) ? entry : undefined;
}
