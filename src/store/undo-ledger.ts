/**
 * The ledger of an undo: what it has made of the rows of a chunk. Which users are about to be deleted or restored is
 * kept for good before Kratos is asked: when a user is found deleted and no entry says so, the ledger says by which
 * undo.
 */
import { randomUUID } from 'node:crypto';
import type { UndoEntry } from '../contract/undo/outcomes.js';
import { Log } from './log.js';
import type { ChunkFiles } from './run-layout.js';

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
  private readonly log: Log<Line>;
  /** What goes with the next addition: a round trip for each group of users is enough. */
  private unsaved: Line[] = [];

  private constructor(chunk: ChunkFiles) {
    this.log = logOf(chunk);
  }

  /** Opens it for one attempt at the chunk, whose signature others see when this returns. */
  static async open(chunk: ChunkFiles): Promise<UndoLedger> {
    const ledger = new UndoLedger(chunk);
    await ledger.log.add([{ attempt: ledger.attempt }]);
    return ledger;
  }

  /** What it holds now, other attempts' entries included. */
  async read(): Promise<UndoLedgerContent> {
    await this.save();
    return contentOf(await this.log.read());
  }

  /** Whether no other attempt has ever begun to undo this chunk. */
  async isFirstAttempt(): Promise<boolean> {
    const { attempts } = await this.read();
    return attempts.size === 1 && attempts.has(this.attempt);
  }

  /** Kept for good when this returns: only then may the users be deleted or restored. */
  async intend(lines: number[]): Promise<void> {
    if (lines.length === 0) return;
    this.unsaved.push(...lines.map((line) => ({ intends: line })));
    await this.save();
  }

  /** Kept with the next intention or by `save`. What a crash takes of it is found out again. */
  add(entries: UndoEntry[]): void {
    this.unsaved.push(...entries.map((entry) => ({ entry })));
  }

  async addAudited(lines: number[]): Promise<void> {
    this.unsaved.push({ audited: lines });
    await this.save();
  }

  /** All that was added is kept when this returns. */
  async save(): Promise<void> {
    const lines = this.unsaved;
    await this.log.add(lines);
    this.unsaved = [];
  }
}

/** @returns an empty one when there is none */
export async function readUndoLedger(chunk: ChunkFiles): Promise<UndoLedgerContent> {
  return contentOf(await logOf(chunk).read());
}

function logOf(chunk: ChunkFiles): Log<Line> {
  return new Log(chunk.folder.store, chunk.folder.undo(chunk));
}

function contentOf(lines: Line[]): UndoLedgerContent {
  const content: UndoLedgerContent = {
    attempts: new Set(),
    begun: new Set(),
    entries: new Map(),
    audited: new Set(),
  };
  for (const line of lines) {
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
