/** The messages between an import and the workflow that sends its invitations. Operators send none of them. */
import { isCount, isText, isTextList } from './bounds.js';
import type { RunRef } from './ids.js';
import { PER_MINUTE, type InvitationSettings } from './import/input.js';

export interface InvitationsRequest {
  run: RunRef;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn' | 'window'>;
  /** How many users are due an invitation. */
  due: number;
  control: InvitationControl;
  /** What an earlier workflow of the same invitations has handed over. */
  carried?: unknown;
}

/** The end of the workflow that sends the invitations. */
export interface InvitationsEnd {
  counts: InvitationCounts;
  /** Where another one is to go on; absent when none is left. */
  carried?: object;
}

/** What the import orders. */
export interface InvitationControl {
  paused: boolean;
  /** Nothing goes out before `releaseInvitations`. */
  held: boolean;
  perMinute: number;
  /** How many times `resume` was applied: each one ends a pause that the invitations began themselves. */
  resumes: number;
}

/**
 * Says that the control has changed, and no more: anybody who may signal could send another one. The import itself is
 * asked for it.
 */
export const CONTROL_SIGNAL = 'control';
/** The import's answer to it; its argument is the run id of the import. */
export const CONTROL_QUERY = 'invitationControl';
/** The import has a long history: what is in flight finishes, and the rest is handed over. */
export const HAND_OVER_SIGNAL = 'handOver';

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
  /** A server that all mails need is away. */
  away?: boolean;
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
    PER_MINUTE.safeParse(perMinute).success &&
    isCount(resumes)
  );
}

const COUNTS = ['sent', 'failed', 'none', 'kept'] as const;

export function isInvitationCounts(value: unknown): value is InvitationCounts {
  const counts = (value ?? {}) as Record<string, unknown>;
  return COUNTS.every((name) => isCount(counts[name]));
}

export function isInvitationStatus(value: unknown): value is InvitationStatus {
  const { runId, counts, notices, stopped, awaitsToken, away, resumes } = (value ?? {}) as Record<
    string,
    unknown
  >;
  return (
    isText(runId) &&
    isInvitationCounts(counts) &&
    isTextList(notices) &&
    typeof stopped === 'boolean' &&
    typeof awaitsToken === 'boolean' &&
    ['boolean', 'undefined'].includes(typeof away) &&
    isCount(resumes)
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
