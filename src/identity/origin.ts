/** Where an identity came from, kept with it so that anyone can be traced to an import, its file and its admin. */
import type { RunRef } from '../contract/ids.js';

export interface Origin {
  workflowId: string;
  runId: string;
  file: string;
  line: number;
  actor: string;
  /** When it was imported (ISO 8601). */
  at: string;
  /** Set when the user has no password and is to be invited to choose one. */
  invitation?: { dueSince: string; sentAt?: string };
  /** The mark of the source that the user is of. */
  source?: SourceMark;
}

/** What a source keeps with each of its users. */
export interface SourceMark {
  name: string;
  /** 8 random bytes, base64url: the digests below tell nobody who cannot read the user as well what is in a row. */
  salt: string;
  /** Digest of the row, as the file said it last; empty where the next run is to look at the user whatever it says. */
  said: string;
  /** Digest of the row's key: finds the row of a user who has changed their own address. */
  key: string;
  /** Digests of what was left in Kratos, by the JSON pointer of each field that the row governs. */
  left: Record<string, string>;
  /** Set where the user was there before, and was taken into the source. */
  adopted?: { workflowId: string; runId: string; actor: string; at: string };
  /** Set while the user is inactive since the source has deactivated them. */
  deactivated?: { workflowId: string; runId: string; at: string };
}

/** The key of `metadata_admin` that holds it. */
export const ORIGIN_KEY = 'csv_import';
/** Where an identity has the mark of its source. */
export const MARK_PATH = `/metadata_admin/${ORIGIN_KEY}/source`;

export function originOf(metadataAdmin: unknown): Partial<Origin> | undefined {
  return (metadataAdmin as Record<string, Partial<Origin> | undefined> | null | undefined)?.[
    ORIGIN_KEY
  ];
}

/** Whether an identity's metadata says that this run created it. */
export function isFrom(metadataAdmin: unknown, run: RunRef): boolean {
  const origin = originOf(metadataAdmin);
  return origin?.workflowId === run.workflowId && origin.runId === run.runId;
}

/** Whether the user of an identity still waits for the mail that invites them to choose a password. */
export function isDue(metadataAdmin: unknown): boolean {
  const invitation = originOf(metadataAdmin)?.invitation;
  return invitation?.dueSince !== undefined && invitation.sentAt === undefined;
}

/**
 * @returns undefined where there is no whole mark: metadata is free JSON. Whoever has not wholly been deactivated by the
 * source, was so by somebody else: they are neither let in again nor deleted
 */
export function markOf(metadataAdmin: unknown): SourceMark | undefined {
  const mark: unknown = originOf(metadataAdmin)?.source;
  if (!isMark(mark)) return undefined;
  const { deactivated, ...others } = mark;
  return deactivated === undefined || isRunAt(deactivated) ? mark : others;
}

function isRunAt(value: unknown): boolean {
  const { workflowId, runId, at } = (value ?? {}) as Record<string, unknown>;
  const areTexts = [workflowId, runId, at].every((part) => typeof part === 'string');
  return areTexts && !Number.isNaN(Date.parse(at as string));
}

function isMark(value: unknown): value is SourceMark {
  const { name, salt, said, key, left } = (value ?? {}) as Record<string, unknown>;
  const areTexts = [name, salt, said, key].every((part) => typeof part === 'string');
  return areTexts && typeof left === 'object' && left !== null;
}
