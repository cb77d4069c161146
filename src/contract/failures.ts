import type { FileProblem } from './codes.js';
import type { Findings } from './findings.js';

/**
 * The failures that cross the boundary between activities and workflows. Three things can follow an error:
 *
 *   retry         the world may be better in a moment          RETRYABLE types, retried without end by Temporal
 *   fail the row  this row cannot be imported, others can      no failure at all: an outcome with a code
 *   fail the run  going on would be wrong                      FATAL types, never retried, they end the import
 */
export const RETRYABLE = {
  /** Kratos does not answer, or answers that it is overloaded or broken. */
  KratosUnavailable: 'KratosUnavailable',
  /** Kratos refuses the token after the import had begun: it goes on once the token works again. */
  KratosUnauthorized: 'KratosUnauthorized',
  /** The mail server does not answer, or takes nothing from us. */
  MailServerAway: 'MailServerAway',
  /** The mail server takes mails more slowly than they come, which no recipient can help. */
  MailServerBusy: 'MailServerBusy',
  /** The mail server has no connection left for this worker. */
  MailServerFull: 'MailServerFull',
  /** The mail server takes no more mails of this sender today, or in this hour. */
  MailQuotaReached: 'MailQuotaReached',
  /** One invitation cannot go out now; others may. */
  InvitationLater: 'InvitationLater',
  /** The connection was lost when the whole mail had been handed over: it may have gone out. */
  InvitationUnsure: 'InvitationUnsure',
  /** Operators cannot be told now; tried for a day. */
  NotificationLater: 'NotificationLater',
  /** The audit database does not answer, or does not take the events. */
  AuditUnavailable: 'AuditUnavailable',
  /** This worker does not see the run's folder; another one may. */
  RunFolderMissing: 'RunFolderMissing',
  /** The store of the runs or of the imports does not answer, or takes nothing from us. */
  StorageUnavailable: 'StorageUnavailable',
  /** This worker does not see the file, which the preflight has seen; another one may. */
  SourceMissing: 'SourceMissing',
  /** A file of the run was written by a later version of this program; a worker of that version reads it. */
  LaterVersion: 'LaterVersion',
  /** This worker cannot hash passwords, or made a wrong hash, which nobody gets; another one may. */
  HashingFailed: 'HashingFailed',
  /** This worker is being ended; another one goes on. */
  HandedBack: 'HandedBack',
  /** A fault of this program or its machine, a full disk for example. */
  Unexpected: 'Unexpected',
} as const;

export const FATAL = {
  /** The input has an unknown key, a wrong type or a value that is not allowed. */
  InvalidInput: 'InvalidInput',
  /** Something that the import needs is missing or refused before it began. */
  PreflightFailed: 'PreflightFailed',
  /** The file as a whole, or a row under `onInvalid: stop`, is not valid; or the file changed meanwhile. */
  ValidationFailed: 'ValidationFailed',
} as const;

export type FatalType = (typeof FATAL)[keyof typeof FATAL];

export function isFatal(type: string | null | undefined): type is FatalType {
  return type != null && Object.hasOwn(FATAL, type);
}

/** What comes with a `ValidationFailed`: what is wrong with the file as a whole, or the rows by code. */
export type FailureDetail = FileProblem | { codes: Findings['codes'] };
