/** The messages between an import and the workflow that sends its invitations. Operators send none of them. */
import type { RunRef } from './ids.js';
import type { InvitationSettings } from './import/input.js';

export interface InvitationsRequest {
  run: RunRef;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn' | 'window'>;
  /** How many users are due an invitation. */
  due: number;
  control: InvitationControl;
}

/** What the import orders; sent whenever it changes. */
export interface InvitationControl {
  paused: boolean;
  /** Nothing goes out before `releaseInvitations`. */
  held: boolean;
  perMinute: number;
  /** How many times `resume` was applied: each one ends a pause that the invitations began themselves. */
  resumes: number;
}

export const CONTROL_SIGNAL = 'control';

/** The status of the invitations, reported to the import from time to time. */
export interface InvitationStatus {
  /** The run that reports; another run under the same workflow id ignores it. */
  runId: string;
  counts: InvitationCounts;
  /** What the operator should know. */
  notices: string[];
  /** Paused by itself: the mail server refuses one invitation after the other. */
  stopped: boolean;
  /** Kratos refuses the token: sending goes on by itself once the token is accepted. */
  awaitsToken: boolean;
  /** The number of resumes in the control that this status follows. */
  resumes: number;
}

export interface InvitationCounts {
  sent: number;
  /** Refused by the mail server for good, or given up. */
  failed: number;
  /** No longer needed. */
  none: number;
  /** Left for a later import, since the account is switched off. */
  kept: number;
}

export const INVITATION_STATUS_SIGNAL = 'invitationStatus';

export function isInvitationControl(value: unknown): value is InvitationControl {
  const { paused, held, perMinute, resumes } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof paused === 'boolean' &&
    typeof held === 'boolean' &&
    typeof perMinute === 'number' &&
    typeof resumes === 'number'
  );
}

export function isInvitationStatus(value: unknown): value is InvitationStatus {
  const { runId, counts, notices, stopped, awaitsToken, resumes } = (value ?? {}) as Record<
    string,
    unknown
  >;
  return (
    typeof runId === 'string' &&
    typeof counts === 'object' &&
    counts !== null &&
    Array.isArray(notices) &&
    typeof stopped === 'boolean' &&
    typeof awaitsToken === 'boolean' &&
    typeof resumes === 'number'
  );
}

/** The lines of one chunk whose users are due an invitation. */
export interface DuePage {
  chunk: number;
  lines: number[];
}

/**
 * The result of an attempt at an invitation.
 *
 *   sent    the server has accepted a mail, in this attempt or in an earlier one
 *   failed  the server refuses the mail for good
 *   none    no longer needed: the user has a password, or another import has sent a mail
 *   due     the account is switched off: a later import may invite
 */
export interface InvitationResult {
  state: 'sent' | 'failed' | 'none' | 'due';
  /** Whether anything was handed to the mail server; if not, the next mail may take this one's slot. */
  mailed: boolean;
}
