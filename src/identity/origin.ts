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
}

/** The key of `metadata_admin` that holds it. */
export const ORIGIN_KEY = 'csv_import';

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
