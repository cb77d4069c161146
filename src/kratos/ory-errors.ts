/** The errors of Kratos, and of a proxy in front of it, as KratosErrors. */
import { isAxiosError, type AxiosResponse } from 'axios';
import { KratosError } from './kratos.js';
import { mayBeNotFound, WITHOUT_VALUES } from './operations.js';
import { ownErrorIn, type OwnError } from './ory-shapes.js';

const RETRYABLE_STATUS = new Set([408, 425, 429, 502, 503, 504]);
/** Refused before anything was done. */
const NOT_CARRIED_OUT = new Set([425, 429]);
/** The HTTP client's codes for a connection that it never got, and for one that gave no answer in time. */
const NEVER_REACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const TIMED_OUT = new Set(['ECONNABORTED', 'ETIMEDOUT', 'ERR_CANCELED']);
const UNAUTHORIZED = new Set([401, 407]);
const FORBIDDEN = 403;
const NOT_FOUND = 404;

/** Whether the same request may be answered otherwise in a moment. */
export function isRetryable(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * Turns an HTTP client's error into one whose message holds no value of a row: axios keeps the whole of it, passwords
 * included, in its errors, so they are never passed on, not even as a cause.
 */
export function toKratosError(operation: string, error: unknown): KratosError {
  if (!isAxiosError(error)) throw error;
  const { response } = error;
  // A good answer that comes with an error has broken off in the middle.
  if (!response || isGood(response.status)) {
    const code = error.code ?? 'no code';
    return new KratosError('unavailable', `Kratos does not answer: ${operation} (${code})`, {
      overloaded: TIMED_OUT.has(code),
      answerLost: !NEVER_REACHED.has(code),
    });
  }
  const { status } = response;
  const isMisled = status === NOT_FOUND && !mayBeNotFound(operation);
  const own = isMisled ? undefined : ownErrorIn(response.data);
  const details = { status, reason: own?.reason ?? own?.message };
  const message = own ? ownMessage(operation, status, own) : foreignMessage(operation, response);
  if (isRetryable(status)) {
    return new KratosError('unavailable', message, {
      ...details,
      overloaded: true,
      answerLost: !NOT_CARRIED_OUT.has(status),
      retryAfterMs: retryAfter(response.headers, Date.now()),
    });
  }
  if (status < 400 || UNAUTHORIZED.has(status)) {
    return new KratosError('unauthorized', message, details);
  }
  if (status < 500) {
    const isBlocked = status === FORBIDDEN || !own;
    return new KratosError(isBlocked ? 'blocked' : 'refused', message, details);
  }
  // A 500 that is not Kratos's own comes from something in front of it that could not reach it.
  return new KratosError(own ? 'broken' : 'unavailable', message, {
    ...details,
    overloaded: true,
    answerLost: true,
  });
}

/** An answer that does not have the shape that was asked for. Kratos may have carried the request out all the same. */
export function notKratos(operation: string, response: AxiosResponse<unknown>): KratosError {
  const { status } = response;
  const message = foreignMessage(operation, response);
  return status >= 300
    ? new KratosError('unauthorized', message, { status })
    : new KratosError('unavailable', message, { status, answerLost: true });
}

const MOST_CHARACTERS = 200;

function ownMessage(operation: string, status: number, { reason, message }: OwnError): string {
  const answer = `Kratos answered ${status}: ${operation}`;
  if (!WITHOUT_VALUES.has(operation)) return answer;
  const why = (reason ?? message ?? '').replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return why === '' ? answer : `${answer} (${why.slice(0, MOST_CHARACTERS)})`;
}

/** The status and the media type, nothing of what is in it. */
function foreignMessage(
  operation: string,
  { status, headers }: Pick<AxiosResponse, 'status' | 'headers'>,
): string {
  const type = /^[\w.+-]{1,30}\/[\w.+-]{1,60}/.exec(String(headers['content-type'] ?? ''))?.[0];
  const isRedirect = status >= 300 && status < 400;
  const answer = [status, type, isRedirect ? 'a redirect as to a login page' : undefined];
  return `Something that is not Kratos answered ${answer.filter(Boolean).join(', ')}: ${operation}`;
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * How long the server asks to wait, in milliseconds: `Retry-After` (seconds or a date, RFC 9110), else Ory Network's
 * `x-ratelimit-reset` (seconds).
 */
export function retryAfter(headers: Record<string, unknown>, now: number): number | undefined {
  const asked = [headers['retry-after'], headers['x-ratelimit-reset']].find(
    (value) => typeof value === 'string' && value.trim() !== '',
  ) as string | undefined;
  if (asked === undefined) return undefined;
  const seconds = Number(asked);
  const ms = Number.isNaN(seconds) ? Date.parse(asked) - now : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
