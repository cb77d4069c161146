import { AxiosError, AxiosHeaders } from 'axios';
import { describe, expect, it } from 'vitest';
import { retryAfter, toKratosError } from '../../../src/kratos/ory-errors.js';

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

const saying = (reason: string, code = 400) => ({ error: { code, reason } });
const HTML = { 'content-type': 'text/html; charset=utf-8' };

describe('an answer of Kratos', () => {
  it.each<[status: number, data: unknown, kind: string, overloaded: boolean, answerLost: boolean]>([
    [400, saying('no such field'), 'refused', false, false],
    [400, saying('unknown field', 500), 'refused', false, false],
    [409, saying('exists', 409), 'refused', false, false],
    [401, saying('no token', 401), 'unauthorized', false, false],
    [403, saying('not you', 403), 'blocked', false, false],
    [429, saying('slow down', 429), 'unavailable', true, false],
    [503, saying('not ready', 503), 'unavailable', true, true],
    [500, saying('a row broke it', 500), 'broken', true, true],
    [500, { error: { code: 500, message: 'a row broke it' } }, 'broken', true, true],
  ])(
    '%i with %j is %s (overloaded: %s, perhaps done: %s)',
    (status, data, kind, overloaded, answerLost) => {
      const error = toKratosError('create identities', answered(status, data));
      expect(error.kind).toBe(kind);
      const { details } = error;
      expect(details.status).toBe(status);
      expect([details.overloaded ?? false, details.answerLost ?? false]).toEqual([
        overloaded,
        answerLost,
      ]);
      expect(error.message).toBe(`Kratos answered ${status}: create identities`);
    },
  );

  it.each<[status: number, data: unknown, kind: string, overloaded: boolean, answerLost: boolean]>([
    [302, '', 'unauthorized', false, false],
    [307, '<a href="/login">', 'unauthorized', false, false],
    [400, '<html>bad request</html>', 'blocked', false, false],
    [401, '<html>who are you?</html>', 'unauthorized', false, false],
    [403, '<html>forbidden</html>', 'blocked', false, false],
    [404, '404 page not found', 'blocked', false, false],
    [404, { message: 'no Route matched with those values' }, 'blocked', false, false],
    [404, { error: 'not found' }, 'blocked', false, false],
    [404, { error: { code: '404', message: 'not found' } }, 'blocked', false, false],
    [404, saying('no rule matches', 404), 'blocked', false, false],
    [407, '', 'unauthorized', false, false],
    [409, '', 'blocked', false, false],
    [413, '<html>too large</html>', 'blocked', false, false],
    [408, undefined, 'unavailable', true, true],
    [425, '', 'unavailable', true, false],
    [502, '<html>bad gateway</html>', 'unavailable', true, true],
    [504, null, 'unavailable', true, true],
    [500, '<html>internal server error</html>', 'unavailable', true, true],
    [500, '', 'unavailable', true, true],
    [500, null, 'unavailable', true, true],
    [530, '<html>origin down</html>', 'unavailable', true, true],
  ])(
    '%i with %j comes from something in front of Kratos, and is %s (overloaded: %s, perhaps done: %s)',
    (status, data, kind, overloaded, answerLost) => {
      const { message, details, ...error } = toKratosError('x', answered(status, data, HTML));
      expect(error.kind).toBe(kind);
      expect([details.overloaded ?? false, details.answerLost ?? false]).toEqual([
        overloaded,
        answerLost,
      ]);
      expect(details.reason).toBeUndefined();
      expect(message).toMatch(
        new RegExp(`^Something that is not Kratos answered ${status}, text/html.*: x$`),
      );
    },
  );

  it('says Kratos’s reason where no value of a row was sent, cut and on one line', () => {
    const reason = `The JSON Schema "old" could not be found\u001b[2J\n${'x'.repeat(500)}`;
    const { message } = toKratosError('list identities', answered(500, saying(reason, 500)));
    expect(message).toMatch(
      /^Kratos answered 500: list identities \(The JSON Schema "old" could not be found \[2J x+\)$/,
    );
    expect(message.length).toBeLessThan(300);
  });

  it('has Kratos’s reason beside the message, not in it', () => {
    const error = toKratosError('create identities', answered(400, saying(SECRET)));
    expect(error.details).toEqual({ status: 400, reason: SECRET });
    expect(error.message).not.toContain(SECRET);
  });

  it('carries how long it asks to wait', () => {
    const error = toKratosError('x', answered(429, null, { 'retry-after': '7' }));
    expect(error.details.retryAfterMs).toBe(7000);
    const refused = toKratosError('x', answered(400, saying('no'), { 'retry-after': '7' }));
    expect(refused.details).toEqual({ status: 400, reason: 'no' });
  });

  it.each<[code: string | undefined, overloaded: boolean, answerLost: boolean]>([
    ['ECONNREFUSED', false, false],
    ['ENOTFOUND', false, false],
    ['EAI_AGAIN', false, false],
    ['EHOSTUNREACH', false, false],
    [AxiosError.ECONNABORTED, true, true],
    ['ETIMEDOUT', true, true],
    ['ECONNRESET', false, true],
    ['EPIPE', false, true],
    [AxiosError.ERR_NETWORK, false, true],
    [undefined, false, true],
  ])(
    'that never came is unavailable (%s; overloaded: %s, perhaps done: %s)',
    (code, overloaded, answerLost) => {
      const error = toKratosError('readiness', new AxiosError(SECRET, code));
      expect([error.kind, error.details]).toEqual(['unavailable', { overloaded, answerLost }]);
      expect(error.message).toBe(`Kratos does not answer: readiness (${code ?? 'no code'})`);
    },
  );

  it('that breaks off is unavailable, and perhaps done', () => {
    const error = toKratosError('create identities', answered(200, undefined));
    expect(error.kind).toBe('unavailable');
    expect(error.details).toEqual({ overloaded: false, answerLost: true });
  });

  it('leaves nothing of the request behind', () => {
    const error = toKratosError('create identities', answered(500, saying('broken', 500)));
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
