/** The errors of Kratos, and of a proxy in front of it, as KratosErrors. */
import { isAxiosError } from 'axios';
import { KratosError } from './kratos.js';

const RETRYABLE_STATUS = new Set([408, 425, 429, 502, 503, 504]);
/** Refused before anything was done. */
const NOT_CARRIED_OUT = new Set([425, 429]);
/** The HTTP client's codes for a connection that it never got, and for one that gave no answer in time. */
const NEVER_REACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const TIMED_OUT = new Set(['ECONNABORTED', 'ETIMEDOUT']);
const UNAUTHORIZED = new Set([401, 403]);

/**
 * Turns an HTTP client's error into one that holds nothing of the request: axios keeps the whole of it, passwords
 * included, in its errors, so they are never passed on, not even as a cause.
 */
export function toKratosError(operation: string, error: unknown): KratosError {
  if (!isAxiosError(error)) throw error;
  const { response } = error;
  if (error.code === 'ERR_FR_REDIRECTION_FAILURE') {
    return new KratosError(
      'refused',
      `Kratos redirects to another address, where the token must not go: ${operation}. Is KRATOS_ADMIN_URL the address of the admin port itself?`,
    );
  }
  // A good answer that comes with an error has broken off in the middle.
  if (!response || isGood(response.status)) {
    const code = error.code ?? 'no code';
    return new KratosError('unavailable', `Kratos does not answer: ${operation} (${code})`, {
      overloaded: TIMED_OUT.has(code),
      answerLost: !NEVER_REACHED.has(code),
    });
  }
  const { status } = response;
  const body = (response.data as { error?: { reason?: string; message?: string } } | undefined)
    ?.error;
  const details = { status, reason: body?.reason ?? body?.message };
  const message = `Kratos answered ${status}: ${operation}`;
  if (RETRYABLE_STATUS.has(status)) {
    return new KratosError('unavailable', message, {
      ...details,
      overloaded: true,
      answerLost: !NOT_CARRIED_OUT.has(status),
      retryAfterMs: retryAfter(response.headers, Date.now()),
    });
  }
  if (UNAUTHORIZED.has(status)) return new KratosError('unauthorized', message, details);
  if (status < 500) return new KratosError('refused', message, details);
  // Kratos's own 500 comes as JSON; anything else is something in front of it that could not reach it.
  return new KratosError(typeof body === 'object' ? 'broken' : 'unavailable', message, {
    ...details,
    overloaded: true,
    answerLost: true,
  });
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
