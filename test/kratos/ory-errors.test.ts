import { AxiosError, AxiosHeaders } from 'axios';
import { describe, expect, it } from 'vitest';
import { retryAfter, toKratosError } from '../../src/kratos/ory-errors.js';

const SECRET = 'Zq9SECRET';
const NOW = Date.parse('2026-11-02T10:00:00Z');

/** What the HTTP client throws for an answer; like the real one, it holds all that was sent. */
function answered(status: number, data: unknown, headers: Record<string, string> = {}): AxiosError {
  const config = { headers: new AxiosHeaders({ authorization: SECRET }), data: SECRET };
  return new AxiosError(
    'Request failed',
    AxiosError.ERR_BAD_REQUEST,
    config,
    {},
    {
      status,
      statusText: '',
      data,
      headers,
      config,
    },
  );
}

const saying = (reason: string) => ({ error: { code: 0, reason } });

describe('an answer of Kratos', () => {
  it.each<[status: number, data: unknown, kind: string]>([
    [400, saying('no such field'), 'refused'],
    [404, saying('not found'), 'refused'],
    [409, saying('exists'), 'refused'],
    [413, '<html>too large</html>', 'refused'],
    [401, saying('no token'), 'unauthorized'],
    [403, '<html>forbidden</html>', 'unauthorized'],
    [408, undefined, 'unavailable'],
    [425, '', 'unavailable'],
    [429, saying('slow down'), 'unavailable'],
    [502, '<html>bad gateway</html>', 'unavailable'],
    [503, saying('not ready'), 'unavailable'],
    [504, null, 'unavailable'],
    [500, saying('a row broke it'), 'broken'],
    [500, { error: { message: 'a row broke it' } }, 'broken'],
    [500, '<html>internal server error</html>', 'unavailable'],
    [500, '', 'unavailable'],
    [500, null, 'unavailable'],
    [530, '<html>origin down</html>', 'unavailable'],
  ])('%i with %j is %s', (status, data, kind) => {
    const error = toKratosError('create identities', answered(status, data));
    expect(error.kind).toBe(kind);
    expect(error.details.status).toBe(status);
    expect(error.message).toBe(`Kratos answered ${status}: create identities`);
  });

  it('tells Kratos’s reason beside the message, not in it', () => {
    const error = toKratosError('create identities', answered(400, saying(SECRET)));
    expect(error.details).toEqual({ status: 400, reason: SECRET });
    expect(error.message).not.toContain(SECRET);
  });

  it('carries how long it asks to wait', () => {
    const error = toKratosError('x', answered(429, null, { 'retry-after': '7' }));
    expect(error.details.retryAfterMs).toBe(7000);
    expect(toKratosError('x', answered(400, null, { 'retry-after': '7' })).details).toEqual({
      status: 400,
    });
  });

  it.each([AxiosError.ECONNABORTED, 'ECONNREFUSED', 'ETIMEDOUT', undefined])(
    'that never came is unavailable (%s)',
    (code) => {
      const error = toKratosError('readiness', new AxiosError(SECRET, code));
      expect([error.kind, error.details]).toEqual(['unavailable', {}]);
      expect(error.message).toBe(`Kratos does not answer: readiness (${code ?? 'no code'})`);
    },
  );

  it('leaves nothing of the request behind', () => {
    const error = toKratosError('create identities', answered(500, saying('broken')));
    const all = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join();
    expect(all).not.toContain(SECRET);
  });

  it('is not made of an error of this program', () => {
    expect(() => toKratosError('x', new TypeError('a bug'))).toThrow(TypeError);
  });
});

describe('how long to wait', () => {
  it.each<[headers: Record<string, unknown>, ms: number | undefined]>([
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': 'Mon, 02 Nov 2026 10:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Mon, 02 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': ' ' }, undefined],
    [{ 'x-ratelimit-reset': '3' }, 3000],
    [{ 'retry-after': '2', 'x-ratelimit-reset': '60' }, 2000],
    [{ 'retry-after': 5 }, undefined],
    [{}, undefined],
  ])('after %j is %s ms', (headers, ms) => {
    expect(retryAfter(headers, NOW)).toBe(ms);
  });
});
