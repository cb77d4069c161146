/**
 * The ledger of a chunk's invitations: what became of each. A mail that the server has taken is on disk here before
 * anything else is done, so that another attempt at the invitation sends no second one.
 */
import { AppendLog, readEntries } from './append-log.js';
import type { ChunkFiles } from './run-layout.js';

export interface InvitationEntry {
  line: number;
  /** `none`: the user needs no invitation any more. */
  state: 'sent' | 'failed' | 'none';
  /** When it was decided (ISO 8601). */
  at: string;
  /** Of a failed one: the mail server's status, or a word in its place. Of `none`: `gone`, if there was no user. */
  why?: string | undefined;
}

/** Whether nothing is left to do for the invitation. A user who was not there may be there when asked for again. */
export function isDecided(entry: InvitationEntry | undefined): entry is InvitationEntry {
  return entry !== undefined && entry.why !== GONE;
}

export const GONE = 'gone';

/** On disk when this returns. */
export async function addInvitation(chunk: ChunkFiles, entry: InvitationEntry): Promise<void> {
  const log = await AppendLog.open<InvitationEntry>(chunk.folder.invitations(chunk));
  try {
    await log.append([entry]);
    await log.sync();
  } finally {
    await log.close();
  }
}

/** By line. A mail that was sent stays sent, whatever another attempt has written. */
export async function readInvitations(chunk: ChunkFiles): Promise<Map<number, InvitationEntry>> {
  const entries = new Map<number, InvitationEntry>();
  for (const entry of await readEntries<InvitationEntry>(chunk.folder.invitations(chunk))) {
    if (entries.get(entry.line)?.state !== 'sent') entries.set(entry.line, entry);
  }
  return entries;
}
