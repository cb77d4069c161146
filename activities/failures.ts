/**
 * The one table from errors to failures. Failures for Temporal are made here and nowhere else, so that no message of a
 * library, which may quote its input, gets into a history.
 */
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
} from '@temporalio/common';
import { AuditError } from '../src/audit/audit-database.js';
import { FATAL, RETRYABLE } from '../src/contract/failures.js';
import { withoutLabel } from '../src/contract/ids.js';
import { FileError } from '../src/csv/file-error.js';
import { KratosError } from '../src/kratos/kratos.js';
import { MailError } from '../src/invitations/mail/mailer.js';
import type { SenderLimit } from '../src/invitations/mail/sender-limit.js';
import type { Failure } from '../src/invitations/queue.js';
import { InputError, isHandedBack, PreflightError } from '../src/contract/errors.js';
import { HashingError } from '../src/passwords/hashing-error.js';
import { NotifyError } from '../src/notify/notify-error.js';
import { SourceMissing } from '../src/store/import-root.js';
import { PlanMissing } from '../src/store/plan.js';
import { StoreError } from '../src/store/store.js';
import { FormatError } from '../src/store/format.js';

const UNAUTHORIZED_DELAY_MS = 30_000;
/** The shortest: none at all means the delay of the retry policy. */
const HANDED_BACK_DELAY_MS = 1;
/** A server that asks for no wait at all still gets one. */
const SHORTEST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 5 * 60_000;
/** What others may ask for who are only told something. */
const MOST_ASKED_MS = 60 * 60_000;

/**
 * | error | becomes | so that |
 * | --- | --- | --- |
 * | InputError | InvalidInput | the run fails |
 * | PreflightError | PreflightFailed | the run fails |
 * | FileError | ValidationFailed, the problem in its details | the run fails |
 * | KratosError unauthorized, or blocked with 403 | KratosUnauthorized | it is tried again, every half minute |
 * | any other KratosError | KratosUnavailable | it is tried again, when Kratos asks for it |
 * | MailError busy | MailServerBusy, MailServerFull or MailQuotaReached | the invitation goes out later, at no cost of a try |
 * | any other MailError | MailServerAway, InvitationLater or InvitationUnsure | the invitation goes out later |
 * | NotifyError | NotificationLater | it is tried again, when the other side asks for it |
 * | AuditError | AuditUnavailable | it is tried again |
 * | HashingError | HashingFailed | it is tried again, at best by another worker |
 * | SourceMissing | SourceMissing | it is tried again, by a worker that has the file |
 * | StoreError | StorageUnavailable | it is tried again |
 * | FormatError | LaterVersion | it is tried again, by a worker of the right version |
 * | HandedBackError, or a wait that it ended | HandedBack | it is tried again at once, by another worker |
 * | PlanMissing, or a folder that is not there | RunFolderMissing | it is tried again, by a worker that has it |
 * | a fault of this program, as validation fails for the tenth time | ValidationFailed | the run fails |
 * | anything else | Unexpected, without its message | it is tried again |
 *
 * @param label `[run=…]` or `[run=… chunk=…]`
 */
export function toFailure(error: unknown, label: string): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof InputError) return fatal(FATAL.InvalidInput, error.message);
  if (error instanceof PreflightError) return fatal(FATAL.PreflightFailed, error.message);
  if (error instanceof FileError) {
    return ApplicationFailure.create({
      type: FATAL.ValidationFailed,
      nonRetryable: true,
      message: error.message,
      details: [error.problem],
    });
  }
  if (error instanceof KratosError) return kratosFailure(error, label);
  if (error instanceof MailError) {
    const message = `${error.message} ${label}`;
    const type = error.limit ? LIMIT_FAILURES[error.limit] : MAIL_FAILURES[error.kind];
    return ApplicationFailure.create({ type, message });
  }
  if (error instanceof NotifyError) {
    return ApplicationFailure.create({
      type: RETRYABLE.NotificationLater,
      message: `${error.message}. It is told later. ${label}`,
      ...(error.retryAfterMs !== undefined && {
        nextRetryDelay: Math.min(Math.max(error.retryAfterMs, SHORTEST_DELAY_MS), MOST_ASKED_MS),
      }),
    });
  }
  const retried = RETRIED.find(([thrown]) => error instanceof thrown);
  if (retried) {
    const message = `${(error as Error).message} ${label}`;
    return ApplicationFailure.create({ type: retried[1], message });
  }
  if (isHandedBack(error)) {
    return ApplicationFailure.create({
      type: RETRYABLE.HandedBack,
      message: `This worker is being ended. Another worker goes on. ${label}`,
      nextRetryDelay: HANDED_BACK_DELAY_MS,
      // Temporal's log of the worker shows it as no warning.
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof PlanMissing || code === 'ENOENT') {
    return ApplicationFailure.create({
      type: RETRYABLE.RunFolderMissing,
      message: `This worker does not see the run's folder. All workers must have the same IMPORT_RUNS. ${label}`,
    });
  }
  return ApplicationFailure.create({
    type: RETRYABLE.Unexpected,
    message: `Unexpected ${nameOf(error)}${code ? ` ${code} in ${syscall ?? 'a library'}` : ''} ${placeOf(error)} ${label}`,
  });
}

/** The same of one mail of a step, as its answer has it. */
export function toMailFailure(error: unknown, label: string): Failure {
  const failure = toFailure(error, label);
  if (!(failure instanceof ApplicationFailure)) return { type: '', message: '' };
  const message = withoutLabel(failure.message);
  const waitMs: unknown = failure.nextRetryDelay;
  const asked = typeof waitMs === 'number' ? { waitMs } : {};
  return { type: failure.type ?? '', message, ...asked };
}

/** Validation has changed nothing yet: it is better ended than tried for ever by a program that fails each time. */
export function lastFailure(error: Error, label: string): ApplicationFailure {
  return fatal(
    FATAL.ValidationFailed,
    `This program failed on the file each time (${nameOf(error)} ${placeOf(error)}). Nothing was imported. Report it, and start the import again with a corrected version. ${label}`,
  );
}

/** Errors whose text is for the operator, with the failures that are tried again. */
const RETRIED: [thrown: abstract new (...args: never[]) => Error, type: string][] = [
  [AuditError, RETRYABLE.AuditUnavailable],
  [HashingError, RETRYABLE.HashingFailed],
  [SourceMissing, RETRYABLE.SourceMissing],
  [StoreError, RETRYABLE.StorageUnavailable],
  [FormatError, RETRYABLE.LaterVersion],
];

/** A mail that is refused for good is no failure: it is the result of the invitation. */
const MAIL_FAILURES: Record<MailError['kind'], string> = {
  away: RETRYABLE.MailServerAway,
  busy: RETRYABLE.MailServerBusy,
  later: RETRYABLE.InvitationLater,
  refused: RETRYABLE.InvitationLater,
  unsure: RETRYABLE.InvitationUnsure,
};

const LIMIT_FAILURES: Record<SenderLimit, string> = {
  rate: RETRYABLE.MailServerBusy,
  connections: RETRYABLE.MailServerFull,
  session: RETRYABLE.MailServerFull,
  quota: RETRYABLE.MailQuotaReached,
};

function fatal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, nonRetryable: true, message });
}

function kratosFailure(error: KratosError, label: string): ApplicationFailure {
  const message = `${error.message} ${label}`;
  const isForbidden = error.kind === 'blocked' && error.details.status === 403;
  if (error.kind === 'unauthorized' || isForbidden) {
    return ApplicationFailure.create({
      type: RETRYABLE.KratosUnauthorized,
      message: `${error.message}. It goes on once KRATOS_ADMIN_TOKEN is accepted again. ${label}`,
      nextRetryDelay: UNAUTHORIZED_DELAY_MS,
    });
  }
  const { retryAfterMs } = error.details;
  return ApplicationFailure.create({
    type: RETRYABLE.KratosUnavailable,
    message,
    ...(retryAfterMs !== undefined && {
      nextRetryDelay: Math.min(Math.max(retryAfterMs, SHORTEST_DELAY_MS), LONGEST_DELAY_MS),
    }),
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

/** The innermost line of the program where it happened: code, never data. The stack begins with the message. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error) || !error.stack) return '';
  const frames = error.stack.slice(error.stack.lastIndexOf(error.message) + error.message.length);
  const frame = /^\s+(at .*:\d+:\d+\)?)$/m.exec(frames)?.[1];
  return frame?.replace(/\(?(file:\/\/)?\/\S*\//, '(') ?? '';
}
