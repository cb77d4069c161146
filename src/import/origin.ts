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
  invitation?: { dueSince: string };
}

/** The key of `metadata_admin` that holds it. */
export const ORIGIN_KEY = 'csv_import';

/** Whether an identity's metadata says that this very row of this very run created it. */
export function isFrom(metadataAdmin: unknown, run: RunRef, line: number): boolean {
  const origin = (metadataAdmin as Record<string, Partial<Origin> | undefined> | null)?.[
    ORIGIN_KEY
  ];
  return (
    origin?.workflowId === run.workflowId && origin.runId === run.runId && origin.line === line
  );
}
