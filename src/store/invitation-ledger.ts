/**
 * What became of the invitations of a chunk. A mail that the server has taken stands here, on disk, before anything else
 * is done: whoever takes the invitation up again sends no second one.
 */
import { open } from 'node:fs/promises';
import type { ChunkRange } from './plan.js';
import { appendEntries, readEntries } from './append-log.js';
import type { RunFolder } from './run-folder.js';

export interface InvitationEntry {
  line: number;
  /** `none`: nobody has to be invited there any more. */
  state: 'sent' | 'failed' | 'none';
  /** When it was decided (ISO 8601). */
  at: string;
  /** Of a failed one: the mail server's status, or a word in its place. */
  why?: string;
}

type Range = Pick<ChunkRange, 'sha256'>;

/** On disk when this returns. */
export async function addInvitation(
  folder: RunFolder,
  chunk: number,
  range: Range,
  entry: InvitationEntry,
): Promise<void> {
  const file = await open(folder.invitations(chunk, range.sha256), 'a', 0o600);
  try {
    await appendEntries(file, [entry]);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** By line. A mail that went out did, whatever another attempt came to. */
export async function readInvitations(
  folder: RunFolder,
  chunk: number,
  range: Range,
): Promise<Map<number, InvitationEntry>> {
  const entries = new Map<number, InvitationEntry>();
  for (const entry of await readEntries<InvitationEntry>(folder.invitations(chunk, range.sha256))) {
    if (entries.get(entry.line)?.state !== 'sent') entries.set(entry.line, entry);
  }
  return entries;
}
