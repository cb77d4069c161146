import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runAttempt } from '../../../activities/attempt.js';
import { FATAL, RETRYABLE } from '../../../src/contract/failures.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { eitherOf } from '../../../src/kratos/with-retries.js';
import { HandedBackError, InputError } from '../../../src/contract/errors.js';
import { ActivityContext } from '../../support/activity-context.js';

/** A run of its own for each test: a stall that a run has reported is not reported again for a while. */
let runs = 0;
const newRun = () => ({ workflowId: 'import-1', runId: `run-${runs++}` });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-02T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const failing = (error: Error) => () => Promise.reject(error);

describe('an attempt at an activity', () => {
  it('returns what its work returns', async () => {
    const context = new ActivityContext();
    expect(await context.run(() => runAttempt({ run: newRun() }, async () => 7))).toBe(7);
    expect(context.signals).toEqual([]);
  });

  it('has signals that many may wait with, without a warning of a leak', async () => {
    const context = new ActivityContext();
    const warnings = vi.fn();
    process.on('warning', warnings);
    const listen = (signal: AbortSignal) =>
      Array.from({ length: 40 }, () => signal.addEventListener('abort', () => undefined));
    await context.run(() =>
      runAttempt({ run: newRun() }, async ({ signal, handBack }) => {
        [signal, handBack, eitherOf(signal, handBack)].forEach(listen);
      }),
    );
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warnings);
    expect(warnings).not.toHaveBeenCalled();
  });

  it('heartbeats for as long as it works, with its progress at that moment', async () => {
    const context = new ActivityContext();
    let finish: () => void = () => undefined;
    const done = context.run(() =>
      runAttempt({ run: newRun() }, async ({ progress }) => {
        progress(1);
        await vi.advanceTimersByTimeAsync(5_000);
        progress(2);
        await new Promise<void>((resolve) => (finish = resolve));
      }),
    );
    await vi.advanceTimersByTimeAsync(15_000);
    expect(context.heartbeats[0]).toBe(1);
    expect(context.heartbeats.at(-1)).toBe(2);
    const beats = context.heartbeats.length;
    finish();
    await done;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(context.heartbeats).toHaveLength(beats);
  });

  it.each([
    [undefined, '[run=import-1/RUN]'],
    [3, '[run=import-1/RUN chunk=3]'],
  ])('throws only failures of the table, which name the place (chunk %s)', async (chunk, label) => {
    const run = newRun();
    const work = failing(new KratosError('unavailable', 'Kratos answered 503: readiness'));
    const where = { run, ...(chunk !== undefined && { chunk }) };
    await expect(new ActivityContext().run(() => runAttempt(where, work))).rejects.toMatchObject({
      type: RETRYABLE.KratosUnavailable,
      message: `Kratos answered 503: readiness ${label.replace('RUN', run.runId)}`,
    });
  });

  it('ends the run from its last try on when the program fails by itself, and waits for all else', async () => {
    const tried = (number: number, error: Error) =>
      new ActivityContext(number).run(() =>
        runAttempt({ run: newRun(), lastTry: 10 }, failing(error)),
      );
    const fault = new TypeError('cannot read ann@example.com');
    await expect(tried(9, fault)).rejects.toMatchObject({ type: RETRYABLE.Unexpected });
    const last = await tried(10, fault).catch((error: unknown) => error as Error);
    expect(last).toMatchObject({ type: FATAL.ValidationFailed, nonRetryable: true });
    expect(last.message).toMatch(/^This program failed on the file each time \(TypeError/);
    expect(last.message).not.toContain('ann@');
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
    await expect(tried(99, full)).rejects.toMatchObject({ type: RETRYABLE.Unexpected });
    const away = new KratosError('unavailable', 'Kratos answered 503: readiness');
    await expect(tried(99, away)).rejects.toMatchObject({ type: RETRYABLE.KratosUnavailable });
  });

  it('stops waiting for its work when it is cancelled', async () => {
    const context = new ActivityContext();
    let signal: AbortSignal | undefined;
    const done = context.run(() =>
      runAttempt({ run: newRun() }, (attempt) => {
        ({ signal } = attempt);
        return new Promise(() => undefined);
      }),
    );
    context.cancel();
    await expect(done).rejects.toThrow(CancelledFailure);
    expect(signal?.aborted).toBe(true);
    expect([vi.getTimerCount(), context.signals]).toEqual([0, []]);
  });

  it('is cancelled and has not failed, whatever error its work ends with', async () => {
    const context = new ActivityContext();
    const done = context.run(() =>
      runAttempt({ run: newRun() }, () => {
        context.cancel();
        throw new TypeError('a bug');
      }),
    );
    await expect(done).rejects.toThrow(CancelledFailure);
    expect(context.signals).toEqual([]);
  });

  describe('of work that hands back', () => {
    it('returns what is done when its workflow cancels it', async () => {
      const context = new ActivityContext();
      const done = context.run(() =>
        runAttempt({ run: newRun(), handsBack: true }, async ({ signal, handBack, isGivenUp }) => {
          await Promise.resolve();
          context.cancel();
          const reason: unknown = handBack.reason;
          return { reason, isAborted: signal.aborted, isGivenUp: isGivenUp() };
        }),
      );
      const { reason, ...others } = await done;
      expect(reason).toBeInstanceOf(HandedBackError);
      expect(others).toEqual({ isAborted: false, isGivenUp: false });
    });

    it.each(['TIMED_OUT', 'NOT_FOUND', 'WORKER_SHUTDOWN'])(
      'is given up when %s',
      async (reason) => {
        const context = new ActivityContext();
        let isAskedBack: boolean | undefined;
        const done = context.run(() =>
          runAttempt({ run: newRun(), handsBack: true }, ({ signal, handBack }) => {
            context.cancel(reason);
            isAskedBack = handBack.aborted;
            return Promise.reject(new TypeError(signal.aborted ? 'given up' : 'open'));
          }),
        );
        await expect(done).rejects.toThrow(CancelledFailure);
        expect(isAskedBack).toBe(false);
      },
    );
  });
});

describe('a failure that will be tried again', () => {
  async function reportsOf(error: Error, attempt = 1) {
    const run = newRun();
    const context = new ActivityContext(attempt);
    await context.run(() => runAttempt({ run, chunk: 3 }, failing(error))).catch(() => undefined);
    return { run, signals: context.signals };
  }

  it('is reported to the import in one sentence, without the error’s own text', async () => {
    const error = Object.assign(new Error('ENOSPC: Zq9SECRET'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    const { run, signals } = await reportsOf(error);
    expect(signals).toEqual([
      {
        workflowId: run.workflowId,
        name: 'stall',
        argument: {
          runId: run.runId,
          kind: 'unavailable',
          text: expect.stringMatching(
            /^Unexpected Error ENOSPC in write .*\. It is tried again\.$/,
          ) as string,
        },
      },
    ]);
    expect(JSON.stringify(signals)).not.toMatch(/SECRET|\[run=/);
  });

  it('says that a worker does not see the folder of the run', async () => {
    const { signals } = await reportsOf(Object.assign(new Error(''), { code: 'ENOENT' }));
    expect(JSON.stringify(signals)).toContain('IMPORT_RUNS');
  });

  it('is reported ever more rarely when it repeats', async () => {
    const reported = [];
    for (let attempt = 1; attempt <= 20; attempt++) {
      if ((await reportsOf(new TypeError('a bug'), attempt)).signals.length > 0)
        reported.push(attempt);
    }
    expect(reported).toEqual([1, 2, 4, 8, 16]);
  });

  it.each<[what: string, error: Error]>([
    ['reported for Kratos, whose requests report themselves', new KratosError('unavailable', 'x')],
    ['reported for a refused token, likewise', new KratosError('unauthorized', 'x')],
    ['reported when it ends the run', new InputError('x')],
    [
      'reported when the activity itself threw it to end the run',
      ApplicationFailure.nonRetryable('x'),
    ],
  ])('is not %s', async (_what, error) => {
    expect((await reportsOf(error)).signals).toEqual([]);
  });

  it('is the same failure while Temporal is away', async () => {
    const context = new ActivityContext();
    context.isAway = true;
    const done = context.run(() => runAttempt({ run: newRun() }, failing(new TypeError('a bug'))));
    await expect(done).rejects.toMatchObject({ type: RETRYABLE.Unexpected });
  });

  it('lets a failure that ends the run through as it is', async () => {
    const made = ApplicationFailure.nonRetryable('as it is', FATAL.InvalidInput);
    const done = new ActivityContext().run(() => runAttempt({ run: newRun() }, failing(made)));
    await expect(done).rejects.toBe(made);
  });
});
