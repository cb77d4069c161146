/** What an import and the workflow that sends its invitations tell each other. Not signals for people. */
import type { RunRef } from './ids.js';
import type { InvitationSettings } from './import/input.js';

export interface InvitationsRequest {
  run: RunRef;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn' | 'window'>;
  /** How many users are due one. */
  due: number;
  control: InvitationControl;
}

/** The import's word on how to go on. */
export interface InvitationControl {
  paused: boolean;
  /** Nothing goes out before `releaseInvitations`. */
  held: boolean;
  perMinute: number;
  /** How often `resume` was taken: each one ends a pause that the invitations made themselves. */
  resumes: number;
}

export const CONTROL_SIGNAL = 'control';

/** How the invitations stand, told from time to time. */
export interface InvitationStatus {
  /** The run that it is about; another run under the same workflow id takes no notice. */
  runId: string;
  counts: InvitationCounts;
  /** Something that the admin should know of. */
  notices: string[];
  /** They have paused themselves: they are refused one after the other. */
  stopped: boolean;
  /** Kratos refuses the token: they go on by themselves once it is taken. */
  awaitsToken: boolean;
  /** How often `resume` had been taken, as far as they know. */
  resumes: number;
}

export interface InvitationCounts {
  sent: number;
  /** Refused by the mail server for good, or given up. */
  failed: number;
  /** Not needed any more. */
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

/** The lines of one chunk whose users are to be invited. */
export interface DuePage {
  chunk: number;
  lines: number[];
}

/**
 * What an attempt at an invitation came to.
 *
 *   sent    the server has taken a mail, in this attempt or in an earlier one
 *   failed  the server refuses the mail for good
 *   none    nobody has to be invited any more: a password was chosen, or another import has sent a mail
 *   due     the account is switched off: a later import may invite
 */
export interface InvitationResult {
  state: 'sent' | 'failed' | 'none' | 'due';
  /** Whether the mail server was given anything; if not, the next mail may take this one's place. */
  mailed: boolean;
}
