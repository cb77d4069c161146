/**
 * What an undo has made of the rows of a chunk. Who is about to be deleted or restored stands here, on disk, before Kratos
 * is asked: whoever finds that it was done, and no word of it, knows by whom.
 */
import { randomUUID } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { UndoEntry } from '../contract/undo/outcomes.js';
import { appendEntries, readEntries } from './append-log.js';

type Line =
  { attempt: string } | { intends: number } | { entry: UndoEntry } | { audited: number[] };

export interface UndoState {
  attempts: Set<string>;
  /** Lines of rows that an attempt was about to take back, and said nothing more of. */
  begun: Set<number>;
  /** By line: who is deleted, restored or gone stays so. Those who are kept are decided anew by each undo. */
  entries: Map<number, UndoEntry>;
  /** Lines whose events the audit database has. */
  audited: Set<number>;
}

export class UndoLedger {
  private readonly attempt = randomUUID();

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  /** Opens it for one attempt at the chunk, which stands in it, on disk, when this returns. */
  static async open(path: string): Promise<UndoLedger> {
    const ledger = new UndoLedger(path, await open(path, 'a', 0o600));
    await ledger.append([{ attempt: ledger.attempt }]);
    await ledger.sync();
    return ledger;
  }

  /** What stands in it now, other attempts' lines included. */
  read(): Promise<UndoState> {
    return readUndo(this.path);
  }

  /** Whether nobody else has ever begun to undo this chunk. */
  async isFirstAttempt(): Promise<boolean> {
    const { attempts } = await this.read();
    return attempts.size === 1 && attempts.has(this.attempt);
  }

  /** On disk when this returns: only then may they be taken back. */
  async intend(lines: number[]): Promise<void> {
    if (lines.length === 0) return;
    await this.append(lines.map((line) => ({ intends: line })));
    await this.sync();
  }

  /** What is lost of it in a crash is found out again. */
  async add(entries: UndoEntry[]): Promise<void> {
    await this.append(entries.map((entry) => ({ entry })));
  }

  async addAudited(lines: number[]): Promise<void> {
    await this.append([{ audited: lines }]);
  }

  async sync(): Promise<void> {
    await this.file.sync();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private append(lines: Line[]): Promise<void> {
    return appendEntries(this.file, lines);
  }
}

/** @returns an empty one when there is none */
export async function readUndo(path: string): Promise<UndoState> {
  const state: UndoState = {
    ...{ attempts: new Set(), begun: new Set(), entries: new Map(), audited: new Set() },
  };
  for (const it of await readEntries<Line>(path)) {
    if ('attempt' in it) state.attempts.add(it.attempt);
    else if ('intends' in it) state.begun.add(it.intends);
    else if ('audited' in it) for (const line of it.audited) state.audited.add(line);
    else {
      const { entry } = it;
      state.begun.delete(entry.line);
      const known = state.entries.get(entry.line);
      if (!known || !isFinal(known)) state.entries.set(entry.line, entry);
    }
  }
  return state;
}

/** Whether no later undo has anything to do there. */
export function isFinal({ undone }: UndoEntry): boolean {
  return undone !== 'kept';
}
