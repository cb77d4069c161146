/**
 * The ledger of a chunk's invitations: what became of each. A mail that the server has taken is kept here before
 * anything else is done, so that another attempt at the invitation sends no second one.
 *
 * A mail that has a step of its own is the name of an empty file, so that it is known by listing names, and two mails
 * never touch one file. A step of several mails keeps together what comes within some milliseconds (group commit); it
 * also says there which mails it is about to send, so that of a step that came to no end it is known which mails may
 * have gone out.
 *
 *     <line>.<state>.<milliseconds since 1970>[.<why>]
 *     <step>-<n>.jsonl      {"begun":"<lines>"} or an entry a line
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { linesOf, toLineRanges } from '../contract/line-ranges.js';
import { parseStampedLines, toStampedLines } from './json-lines.js';
import { mapAhead } from './map-ahead.js';
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
export async function readInvitations(chunk: ChunkFiles): Promise<Map<number, InvitationEntry>> {
  return (await readLedger(chunk)).entries;
}

/** The same, and the lines that a step was about to send a mail to. */
export async function readInvitationsOf(
  step: string,
  chunk: ChunkFiles,
): Promise<{ entries: Map<number, InvitationEntry>; begun: Set<number> }> {
  const { entries, begun } = await readLedger(chunk);
  return { entries, begun: begun.get(step) ?? new Set() };
}

async function readLedger({ folder, ...chunk }: ChunkFiles) {
  const prefix = folder.invitations(chunk);
  const entries = new Map<number, InvitationEntry>();
  const begun = new Map<string, Set<number>>();
  const add = (entry: InvitationEntry): void => {
    const other = entries.get(entry.line);
    if (!(other && countsBefore(other, entry))) entries.set(entry.line, entry);
  };
  const groups: string[] = [];
  for await (const { key } of folder.store.list(prefix)) {
    const name = key.slice(prefix.length + 1);
    const entry = entryOf(name);
    if (entry) add(entry);
    else if (GROUP.test(name)) groups.push(name);
  }
  const read = async (name: string) => {
    const content = await folder.store.read(`${prefix}/${name}`);
    return { name, text: content?.bytes.toString() };
  };
  for await (const { name, text } of mapAhead(groups, read)) {
    // Removed since it was listed: the run is purged.
    if (text === undefined) continue;
    const step = GROUP.exec(name)!.groups!['step']!;
    for (const line of parseStampedLines<GroupLine>('a ledger of invitations', text)) {
      if (!('begun' in line)) add(line);
      else begun.set(step, new Set([...(begun.get(step) ?? []), ...linesOf(line.begun)]));
    }
  }
  return { entries, begun };
}

type GroupLine = InvitationEntry | { begun: string };

/** @param step an id, which no other step has */
export function isStepId(step: string): boolean {
  return STEP.test(step);
}

const STEP = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const GROUP = /^(?<step>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+\.jsonl$/;

/** What comes within this time is kept together: few enough mails, should the worker die meanwhile. */
const GATHER_MS = 20;

/** What one step adds to the ledger, kept in groups: each addition costs no file of its own. */
export class StepLedger {
  private waiting: { line: GroupLine; done: () => void; failed: (error: unknown) => void }[] = [];
  private isWriting = false;
  private groups = 0;

  /** @param step an id, which no other step has */
  constructor(
    private readonly chunk: ChunkFiles,
    private readonly step: string,
  ) {}

  /** Mails may go out to these lines from when this returns: that it may be so is kept for good then. */
  begin(lines: number[]): Promise<void> {
    return this.keep({ begun: toLineRanges(lines) });
  }

  /** Kept for good when this returns. */
  add(entry: InvitationEntry): Promise<void> {
    return this.keep(entry);
  }

  private keep(line: GroupLine): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ line, done, failed });
      void this.writeGroups();
    });
  }

  /** What comes while one group is written is the next one. */
  private async writeGroups(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    const { folder, ...chunk } = this.chunk;
    while (this.waiting.length > 0) {
      await sleep(GATHER_MS);
      const group = this.waiting;
      this.waiting = [];
      const key = `${folder.invitations(chunk)}/${this.step}-${++this.groups}.jsonl`;
      try {
        // There already: an answer was lost, and it is the same.
        await folder.store.create(key, toStampedLines(group.map(({ line }) => line)));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    this.isWriting = false;
  }
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
