/**
 * The ledger of a chunk's invitations: what became of each, as the name of an empty file, so that all of them are known
 * by listing names, and two mails never touch one file. A mail that the server has taken is kept here before anything
 * else is done, so that another attempt at the invitation sends no second one.
 *
 *     <line>.<state>.<milliseconds since 1970>[.<why>]
 */
import type { ChunkFiles } from './run-layout.js';

export interface InvitationEntry {
  line: number;
  /** `none`: the user needs no invitation any more. */
  state: 'sent' | 'failed' | 'none';
  /** When it was decided (ISO 8601). */
  at: string;
  /**
   * Of a failed one: the mail server's status, or words in its place. Of `none`: `gone`, if there was no user. Letters,
   * digits and spaces; whatever else is lost.
   */
  why?: string | undefined;
}

/** Whether nothing is left to do for the invitation. A user who was not there may be there when asked for again. */
export function isDecided(entry: InvitationEntry | undefined): entry is InvitationEntry {
  return entry !== undefined && entry.why !== GONE;
}

export const GONE = 'gone';

/** Kept for good when this returns. */
export async function addInvitation(
  { folder, ...chunk }: ChunkFiles,
  entry: InvitationEntry,
): Promise<void> {
  // There already: an answer was lost, and it is the same.
  await folder.store.create(`${folder.invitations(chunk)}/${nameOf(entry)}`, '');
}

/** By line. A mail that was sent stays sent, whatever another attempt has made of it; else the first decision counts. */
export async function readInvitations({
  folder,
  ...chunk
}: ChunkFiles): Promise<Map<number, InvitationEntry>> {
  const prefix = folder.invitations(chunk);
  const entries = new Map<number, InvitationEntry>();
  for await (const { key } of folder.store.list(prefix)) {
    const entry = entryOf(key.slice(prefix.length + 1));
    const other = entry && entries.get(entry.line);
    if (entry && !(other && countsBefore(other, entry))) entries.set(entry.line, entry);
  }
  return entries;
}

function countsBefore(one: InvitationEntry, other: InvitationEntry): boolean {
  const [rank, otherRank] = [rankOf(one), rankOf(other)];
  return rank < otherRank || (rank === otherRank && one.at <= other.at);
}

function rankOf(entry: InvitationEntry): number {
  if (entry.state === 'sent') return 0;
  return isDecided(entry) ? 1 : 2;
}

const NAME = /^(?<line>\d+)\.(?<state>sent|failed|none)\.(?<ms>\d{1,15})(\.(?<why>\w+))?$/;
const MOST_WHY = 60;

function nameOf({ line, state, at, why }: InvitationEntry): string {
  const name = `${line}.${state}.${Date.parse(at)}`;
  return why === undefined ? name : `${name}.${why.slice(0, MOST_WHY).replace(/\W/g, '_')}`;
}

/** @returns undefined for a file that is none of the ledger's */
function entryOf(name: string): InvitationEntry | undefined {
  const { line, state, ms, why } = NAME.exec(name)?.groups ?? {};
  if (state === undefined) return undefined;
  return {
    line: Number(line),
    state: state as InvitationEntry['state'],
    at: new Date(Number(ms)).toISOString(),
    ...(why !== undefined && { why: why.replaceAll('_', ' ') }),
  };
}
