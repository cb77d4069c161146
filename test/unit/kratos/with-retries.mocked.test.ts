import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import type { StallReport } from '../../../src/contract/stall.js';
import { HandedBackError } from '../../../src/contract/errors.js';
import { RetryAfterGate } from '../../../src/kratos/retry-after-gate.js';
import { ABSENT_IDENTITY, KratosError, type Kratos } from '../../../src/kratos/kratos.js';
import { withRetries, type RetryPolicy } from '../../../src/kratos/with-retries.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';

vi.mock('node:timers/promises', () => import('../../support/timers-promises.js'));

const MINUTE = 60_000;
const overloaded = (retryAfterMs?: number) =>
  new KratosError('unavailable', 'Kratos answered 429: x', {
    status: 429,
    overloaded: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
const noAnswer = (answerLost: boolean) =>
  new KratosError('unavailable', 'Kratos does not answer: x (CODE)', { answerLost });
const unauthorized = () => new KratosError('unauthorized', 'Kratos answered 401: x');

/** An attempt's Kratos that fails with these errors, one a request and then none, or with that error for ever. */
function attempt(failures: KratosError[] | KratosError, retryAfter = new RetryAfterGate()) {
  const kratos = new KratosInMemory();
  const sentAt: number[] = [];
  const stalls: Omit<StallReport, 'runId'>[] = [];
  const control = new AbortController();
  const handBack = new AbortController();
  let lostAnswers = 0;
  kratos.beforeRequest = () => {
    const failure = Array.isArray(failures) ? failures[sentAt.length] : failures;
    sentAt.push(Date.now());
    if (failure) throw failure;
  };
  const policy: RetryPolicy = {
    signal: control.signal,
    handBack: handBack.signal,
    retryAfter,
    onStall: (stall) => void stalls.push(stall),
    onAnswerLost: () => {
      lostAnswers++;
    },
  };
  const retrying = withRetries(kratos, policy);
  return { kratos, retrying, sentAt, stalls, control, handBack, lost: () => lostAnswers };
}

function userOf(email: string): NewIdentity {
  return {
    schemaId: 'default',
    traits: { email },
    metadataAdmin: {},
    state: 'active',
    hashedPassword: '',
    verifiedEmails: [],
  };
}

/** What becomes of a request, while the clock runs on. */
function watch(request: Promise<unknown>) {
  const seen = { done: false, error: undefined as unknown };
  request.then(
    () => (seen.done = true),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-02T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a request that Kratos takes', () => {
  it('is sent once with all that it was given, and answered as it is', async () => {
    const { kratos, retrying, stalls, lost } = attempt([]);
    const [answer] = await retrying.createBatch([userOf('ann@example.com')]);
    expect(answer).toEqual({ kind: 'created', id: [...kratos.identities.keys()][0] });
    expect((await retrying.findByIdentifier('ann@example.com'))?.fields.traits).toEqual({
      email: 'ann@example.com',
    });
    expect(await retrying.supports('external_id')).toBe(true);
    expect([stalls, lost()]).toEqual([[], 0]);
  });
});

describe('a request that Kratos cannot take now', () => {
  it('is sent again after as long as Kratos asks, and not long after', async () => {
    const { retrying, sentAt, stalls } = attempt([overloaded(20_000), overloaded(7000)]);
    const seen = watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(seen.done).toBe(true);
    const [first, second, third] = sentAt as [number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(20_000);
    expect(second - first).toBeLessThanOrEqual(21_000);
    expect(third - second).toBeGreaterThanOrEqual(7000);
    expect(third - second).toBeLessThanOrEqual(8000);
    expect(stalls).toEqual(Array(2).fill({ kind: 'overloaded', text: 'Kratos answered 429: x.' }));
  });

  it('is sent again after growing pauses when Kratos asks for none', async () => {
    const { retrying, sentAt } = attempt(noAnswer(false));
    watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    const pauses = sentAt.slice(1).map((at, i) => at - sentAt[i]!);
    expect(pauses.length).toBeGreaterThanOrEqual(8);
    for (const [i, pause] of pauses.entries()) {
      const most = Math.min(500 * 2 ** i, 30_000);
      expect(pause).toBeGreaterThanOrEqual(Math.floor(most / 2));
      expect(pause).toBeLessThanOrEqual(Math.ceil(most));
    }
  });

  it('does not come at the same moment as others that were refused with it', async () => {
    const attempts = Array.from({ length: 20 }, () => attempt([noAnswer(false)]));
    for (const { retrying } of attempts) watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(1000);
    const again = attempts.map(({ sentAt }) => sentAt[1]);
    expect(new Set(again).size).toBeGreaterThan(5);
  });

  it('is given back with its last error after two minutes, and reports each pause', async () => {
    const { retrying, sentAt, stalls } = attempt(noAnswer(false));
    const begun = Date.now();
    const seen = watch(retrying.findByIdentifier('ann@example.com'));
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(seen.error).toMatchObject({ kind: 'unavailable', message: /does not answer/ });
    expect(sentAt.at(-1)! - begun).toBeGreaterThan(MINUTE);
    expect(stalls).toHaveLength(sentAt.length);
    expect(stalls[0]).toEqual({
      kind: 'unavailable',
      text: 'Kratos does not answer: x (CODE). It is tried again until Kratos answers.',
    });
  });

  it('is given back at once when Kratos asks for more time than there is', async () => {
    const { retrying, sentAt } = attempt(overloaded(10 * MINUTE));
    const seen = watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.error).toMatchObject({ details: { retryAfterMs: 10 * MINUTE } });
    expect(sentAt).toHaveLength(1);
  });

  it('for its token is sent every ten seconds, and says what to do', async () => {
    const { retrying, sentAt, stalls, lost } = attempt([unauthorized(), unauthorized()]);
    const seen = watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(seen.done).toBe(true);
    expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 10_000, 20_000]);
    expect(stalls[0]).toMatchObject({
      kind: 'unauthorized',
      text: expect.stringContaining('KRATOS_ADMIN_TOKEN') as string,
    });
    expect(lost()).toBe(0);
  });
});

describe('what passes through at once', () => {
  it.each([
    ['a refusal', new KratosError('refused', 'Kratos answered 400: x', { status: 400 })],
    ['a Kratos that broke', new KratosError('broken', 'Kratos answered 500: x', { status: 500 })],
    ['an error of this program', new TypeError('a bug')],
  ])('%s', async (_what, error) => {
    const { retrying, sentAt, stalls } = attempt(error as KratosError);
    await expect(retrying.storedIds([])).rejects.toBe(error);
    expect([sentAt.length, stalls]).toEqual([1, []]);
  });
});

describe('a request that something in front of Kratos blocks', () => {
  const PAGE = 'Something that is not Kratos answered 403, text/html: x';
  const blocked = (status = 403) => new KratosError('blocked', PAGE, { status });
  const batch = (rows: number) => Array.from({ length: rows }, (_, i) => userOf(`u${i}@x.test`));

  it('alone is refused after three tries', async () => {
    const { kratos, retrying, stalls } = attempt([]);
    let tries = 0;
    kratos.createBatch = () => Promise.reject((tries++, blocked()));
    const seen = watch(retrying.createBatch(batch(1)));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(seen.error).toMatchObject({
      kind: 'refused',
      details: { status: 403, byGateway: true },
    });
    expect([tries, stalls]).toEqual([3, []]);
  });

  it('for one of many rows is refused at once, so that the rows are sent apart', async () => {
    const { kratos, retrying } = attempt([]);
    let tries = 0;
    kratos.createBatch = () => Promise.reject((tries++, blocked()));
    const seen = watch(retrying.createBatch(batch(2)));
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.error).toMatchObject({ details: { byGateway: true } });
    expect(tries).toBe(1);
  });

  it('for a moment is carried out after it', async () => {
    const { kratos, retrying, stalls } = attempt([]);
    const { get } = kratos;
    let tries = 0;
    kratos.get = (id) =>
      id !== ABSENT_IDENTITY && tries++ < 2 ? Promise.reject(blocked(404)) : get.call(kratos, id);
    const seen = watch(retrying.get('absent'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect([seen.done, seen.error, stalls]).toEqual([true, undefined, []]);
  });

  it.each([
    ['unauthorized', 'unauthorized', unauthorized()],
    ['unavailable', 'unavailable', blocked(404)],
    ['unavailable', 'unavailable', noAnswer(false)],
  ] as const)('as all others are is %s, and waited for', async (_what, kind, forAll) => {
    const { retrying, kratos, stalls } = attempt([]);
    let isOver = false;
    kratos.remove = (id) => {
      if (isOver) return Promise.resolve(true);
      return Promise.reject(id === ABSENT_IDENTITY ? forAll : blocked());
    };
    const seen = watch(retrying.remove('id'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(stalls[0]).toMatchObject({ kind, text: expect.stringContaining(PAGE) as string });
    expect(seen.done).toBe(false);
    isOver = true;
    await vi.advanceTimersByTimeAsync(MINUTE / 2);
    expect(seen.done).toBe(true);
  });
});

describe('a request of a kind that something in front of Kratos blocks for all', () => {
  const forbidden = () => new KratosError('blocked', 'Kratos answered 403: x', { status: 403 });
  const KINDS: Record<string, (kratos: Kratos) => Promise<unknown>> = {
    createBatch: (kratos) => kratos.createBatch([userOf('ann@x.test')]),
    get: (kratos) => kratos.get('id'),
    hasSessions: (kratos) => kratos.hasSessions('id'),
    createRecovery: (kratos) => kratos.createRecovery('id', 'link', '1h'),
    update: (kratos) => kratos.update('id', []),
    swapPassword: (kratos) => kratos.swapPassword('id', { from: 'a', to: 'b' }),
    revokeSessions: (kratos) => kratos.revokeSessions('id'),
    remove: (kratos) => kratos.remove('id'),
  };

  it.each(Object.keys(KINDS))('is waited for, as others pass: %s', async (name) => {
    const { kratos, retrying, stalls } = attempt([]);
    const blocked: Record<string, unknown> = { [name]: () => Promise.reject(forbidden()) };
    if (name === 'createBatch') blocked['supports'] = blocked[name];
    if (name === 'swapPassword') blocked['update'] = blocked[name];
    Object.assign(kratos, blocked);
    const seen = watch(KINDS[name]!(retrying));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect([seen.done, seen.error]).toEqual([false, undefined]);
    expect(stalls[0]).toMatchObject({ kind: 'unauthorized' });
  });

  it('is waited for where only one of two gateways in turn does', async () => {
    const { kratos, retrying, stalls } = attempt([]);
    let turn = 0;
    kratos.remove = () => (turn++ % 2 === 0 ? Promise.reject(forbidden()) : Promise.resolve(true));
    const seen = watch(retrying.remove('id'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect([seen.done, seen.error, stalls.length]).toEqual([true, undefined, 1]);
  });
});

describe('an answer that was lost', () => {
  it('is reported where something in front of Kratos answered in its place', async () => {
    const { kratos, retrying, lost } = attempt([]);
    kratos.remove = (id) =>
      id === 'id'
        ? Promise.reject(new KratosError('blocked', 'x', { status: 403 }))
        : Promise.resolve(false);
    const seen = watch(retrying.remove('id'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(seen.error).toMatchObject({ details: { byGateway: true } });
    expect(lost()).toBe(3);
  });

  it.each<[what: string, error: KratosError, times: number]>([
    ['none that came', noAnswer(true), 1],
    ['none, for want of a connection', noAnswer(false), 0],
    ['429', overloaded(), 0],
    ['401', unauthorized(), 0],
  ])('is reported, and only that: %s', async (_what, error, times) => {
    const { retrying, lost } = attempt([error]);
    watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lost()).toBe(times);
  });

  it('is reported also where Kratos broke, which is not waited for', async () => {
    const { retrying, lost } = attempt(new KratosError('broken', 'x', { answerLost: true }));
    await expect(retrying.storedIds([])).rejects.toMatchObject({ kind: 'broken' });
    expect(lost()).toBe(1);
  });
});

describe('when Kratos asks to be left alone', () => {
  it('the other attempts of the worker wait as well', async () => {
    const retryAfter = new RetryAfterGate();
    const refused = attempt([overloaded(20_000)], retryAfter);
    watch(refused.retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(1000);
    const others = Array.from({ length: 5 }, () => attempt([], retryAfter));
    for (const { retrying } of others) watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(18_900);
    expect(others.flatMap(({ sentAt }) => sentAt)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1200);
    const moments = others.flatMap(({ sentAt }) => sentAt);
    expect(moments).toHaveLength(5);
    expect(new Set(moments).size).toBeGreaterThan(1);
  });

  it('again before the time is over, the attempts that wait already wait on', async () => {
    const retryAfter = new RetryAfterGate();
    retryAfter.hold(5000);
    const waiting = attempt([], retryAfter);
    watch(waiting.retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(1000);
    retryAfter.hold(30_000);
    await vi.advanceTimersByTimeAsync(29_900);
    expect(waiting.sentAt).toEqual([]);
    await vi.advanceTimersByTimeAsync(1200);
    expect(waiting.sentAt).toHaveLength(1);
  });

  it('a shorter time does not cut a longer one', async () => {
    const retryAfter = new RetryAfterGate();
    const inFlight = attempt([overloaded(1000)], retryAfter);
    watch(inFlight.retrying.storedIds([]));
    retryAfter.hold(MINUTE);
    const waiting = attempt([], retryAfter);
    watch(waiting.retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(MINUTE - 10);
    expect([inFlight.sentAt.length, waiting.sentAt]).toEqual([1, []]);
    await vi.advanceTimersByTimeAsync(1200);
    expect([inFlight.sentAt.length, waiting.sentAt.length]).toEqual([2, 1]);
  });

  it('for hours, no attempt waits for longer than the five minutes that a worker waits at most', async () => {
    const retryAfter = new RetryAfterGate();
    const refused = attempt(overloaded(30 * 24 * 60 * MINUTE), retryAfter);
    watch(refused.retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(1000);
    const other = attempt([], retryAfter);
    watch(other.retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(4.9 * MINUTE);
    expect(other.sentAt).toEqual([]);
    await vi.advanceTimersByTimeAsync(0.2 * MINUTE);
    expect(other.sentAt).toHaveLength(1);
  });
});

describe('an attempt that is given up', () => {
  it('ends its pause at once and sends nothing more', async () => {
    const { retrying, sentAt, control } = attempt(noAnswer(false));
    const seen = watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(10_000);
    const sent = sentAt.length;
    control.abort(new Error('given up'));
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.error).toBeDefined();
    expect(vi.getTimerCount()).toBe(0);
    await expect(retrying.storedIds([])).rejects.toThrow('given up');
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(sentAt).toHaveLength(sent);
  });

  it('ends its wait for a Kratos that asked to be left alone', async () => {
    const retryAfter = new RetryAfterGate();
    retryAfter.hold(MINUTE);
    const { retrying, sentAt, control } = attempt([], retryAfter);
    const seen = watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(1000);
    control.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.error).toBeDefined();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(sentAt).toEqual([]);
  });

  it('makes no pause when its request in flight fails then', async () => {
    const { kratos, retrying, control } = attempt([]);
    kratos.beforeRequest = () => {
      control.abort(new Error('given up'));
      throw noAnswer(true);
    };
    await expect(retrying.storedIds([])).rejects.toThrow('given up');
    expect([kratos.requests.storedIds, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe('once the worker is being ended', () => {
  it('what is sent is answered, and nothing more is sent', async () => {
    const { kratos, retrying, sentAt, handBack } = attempt([]);
    const created = retrying.createBatch([userOf('ann@example.com')]);
    await vi.advanceTimersByTimeAsync(0);
    const reason = new HandedBackError('ended');
    handBack.abort(reason);
    expect(await created).toHaveLength(1);
    await expect(retrying.createBatch([userOf('bob@example.com')])).rejects.toBe(reason);
    expect(sentAt).toHaveLength(1);
    expect(kratos.identities.size).toBe(1);
  });

  it('no pause before another try is waited for', async () => {
    const { retrying, sentAt, handBack } = attempt(noAnswer(false));
    const seen = watch(retrying.storedIds([]));
    await vi.advanceTimersByTimeAsync(0);
    handBack.abort(new HandedBackError('ended'));
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.error).toBeDefined();
    expect(sentAt).toHaveLength(1);
  });
});
