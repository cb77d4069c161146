import { readFile } from 'node:fs/promises';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { AxiosError, AxiosHeaders } from 'axios';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../activities/failures.js';
import { AuditError } from '../../../src/audit/audit-database.js';
import { FATAL, isFatal, RETRYABLE } from '../../../src/contract/failures.js';
import { FileError } from '../../../src/csv/file-error.js';
import { FormatError } from '../../../src/store/format.js';
import { HashingError } from '../../../src/passwords/hashing-error.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { HandedBackError, InputError, PreflightError } from '../../../src/contract/errors.js';
import { NotifyError } from '../../../src/notify/notify-error.js';
import { PlanMissing } from '../../../src/store/plan.js';
import { SourceMissing } from '../../../src/store/import-root.js';
import { StoreError } from '../../../src/store/store.js';

const SECRET = 'Zq9SECRET';
const LABEL = '[run=import-1/7c9e chunk=3]';

function failure(error: unknown): ApplicationFailure {
  const made = toFailure(error, LABEL);
  if (made instanceof ApplicationFailure) return made;
  throw new Error(`no ApplicationFailure, but ${made.name}`);
}

/** What something throws. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('what an activity throws', () => {
  it('for a wrong input ends the run as InvalidInput', () => {
    expect(failure(new InputError('chunkSize: got 0'))).toMatchObject({
      type: FATAL.InvalidInput,
      nonRetryable: true,
      message: 'chunkSize: got 0',
    });
  });

  it('for something missing at the start ends the run as PreflightFailed', () => {
    expect(failure(new PreflightError('no token'))).toMatchObject({
      type: FATAL.PreflightFailed,
      nonRetryable: true,
      message: 'no token',
    });
  });

  it('for an error of the file ends the run as ValidationFailed, with the problem for the report', () => {
    const problem = { code: 'file_changed', message: 'file_changed: it did.', line: 7 } as const;
    expect(failure(new FileError(problem))).toMatchObject({
      type: FATAL.ValidationFailed,
      nonRetryable: true,
      message: problem.message,
      details: [problem],
    });
  });

  it('for a token that is refused is tried again every half minute, and says what to do', () => {
    const made = failure(new KratosError('unauthorized', 'Kratos answered 401: list identities'));
    expect(made).toMatchObject({
      type: RETRYABLE.KratosUnauthorized,
      nextRetryDelay: 30_000,
      message: expect.stringContaining('KRATOS_ADMIN_TOKEN') as string,
    });
    expect(made.nonRetryable).not.toBe(true);
  });

  it.each([
    [undefined, undefined],
    [0, 1_000],
    [120_000, 120_000],
    [86_400_000, 3_600_000],
  ])('for a webhook that asks for %s ms is told after %s', (retryAfterMs, nextRetryDelay) => {
    const made = failure(new NotifyError('The webhook answered 429', retryAfterMs));
    expect(made).toMatchObject({
      type: RETRYABLE.NotificationLater,
      message: `The webhook answered 429. It is told later. ${LABEL}`,
    });
    expect(made.nonRetryable).not.toBe(true);
    expect(made.nextRetryDelay).toBe(nextRetryDelay);
  });

  it.each(['unavailable', 'broken', 'refused'] as const)(
    'for a Kratos that is %s is tried again, with the place and the cause',
    (kind) => {
      const made = failure(
        new KratosError(kind, 'Kratos answered 503: readiness', { reason: SECRET }),
      );
      expect(made).toMatchObject({
        type: RETRYABLE.KratosUnavailable,
        message: `Kratos answered 503: readiness ${LABEL}`,
        nextRetryDelay: undefined,
      });
      expect(made.nonRetryable).not.toBe(true);
    },
  );

  it('waits as long as Kratos asks, but no more than five minutes', () => {
    const asked = (retryAfterMs: number) =>
      failure(new KratosError('unavailable', 'x', { retryAfterMs })).nextRetryDelay as unknown;
    expect([asked(7000), asked(3_600_000)]).toEqual([7000, 300_000]);
  });

  it('for an audit database that does not take the events is tried again, with what to do', () => {
    for (const kind of ['unavailable', 'refused'] as const) {
      const made = failure(new AuditError(kind, 'The audit database does not answer (57P01).'));
      expect(made).toMatchObject({
        type: RETRYABLE.AuditUnavailable,
        message: `The audit database does not answer (57P01). ${LABEL}`,
      });
      expect(made.nonRetryable).not.toBe(true);
    }
  });

  it('for hashes that could not be made is tried again, and is no missing folder', async () => {
    const cause = await thrownBy(() => readFile('/nowhere/bcrypt.wasm'));
    const made = failure(new HashingError('bcrypt.wasm cannot be read (ENOENT).', { cause }));
    expect(made).toMatchObject({
      type: RETRYABLE.HashingFailed,
      message: `bcrypt.wasm cannot be read (ENOENT). ${LABEL}`,
    });
    expect(made.nonRetryable).not.toBe(true);
  });

  it('for a CSV that this worker lacks, or a store that is away, is tried again', () => {
    const lacking = failure(new SourceMissing('This worker lacks the file: "users.csv".'));
    expect(lacking).toMatchObject({
      type: RETRYABLE.SourceMissing,
      message: `This worker lacks the file: "users.csv". ${LABEL}`,
    });
    for (const kind of ['away', 'refused'] as const) {
      const away = failure(new StoreError('s3://imports does not answer.', kind));
      expect(away).toMatchObject({ type: RETRYABLE.StorageUnavailable });
      expect(away.nonRetryable).not.toBe(true);
    }
    expect(lacking.nonRetryable).not.toBe(true);
  });

  it('for a file of the run that a later version wrote is tried again elsewhere', () => {
    const made = failure(new FormatError('plan.json of the run has format 2.'));
    expect(made).toMatchObject({
      type: RETRYABLE.LaterVersion,
      message: `plan.json of the run has format 2. ${LABEL}`,
    });
    expect(made.nonRetryable).not.toBe(true);
  });

  it('for a file of the run that is not there is tried again elsewhere, without its path', async () => {
    const error = await thrownBy(() => readFile(`/nowhere/${SECRET}/plan.json`));
    expect(failure(error)).toMatchObject({
      type: RETRYABLE.RunFolderMissing,
      message: expect.stringContaining('IMPORT_RUNS') as string,
    });
    expect(failure(error).message).not.toContain(SECRET);
  });

  it('for a plan that this worker does not see is tried again elsewhere', () => {
    expect(failure(new PlanMissing())).toMatchObject({ type: RETRYABLE.RunFolderMissing });
    expect(failure(new PlanMissing()).nonRetryable).not.toBe(true);
  });

  it.each(['away', 'refused'] as const)(
    'for a store that is %s is tried again, with what it said',
    (kind) => {
      const made = failure(new StoreError('s3://bucket/runs does not answer.', kind));
      expect(made).toMatchObject({
        type: RETRYABLE.StorageUnavailable,
        message: `s3://bucket/runs does not answer. ${LABEL}`,
      });
      expect(made.nonRetryable).not.toBe(true);
    },
  );

  it.each([
    ['the reason itself', new HandedBackError('x')],
    [
      'a wait that it ended',
      new DOMException('x', { name: 'AbortError', cause: new HandedBackError('x') }),
    ],
  ])('for a worker that is being ended is tried again at once (%s)', (_what, error) => {
    expect(failure(error)).toMatchObject({
      type: RETRYABLE.HandedBack,
      nonRetryable: false,
      nextRetryDelay: 1,
      message: `This worker is being ended. Another worker goes on. ${LABEL}`,
    });
  });

  it('lets a cancellation and a failure that the activity itself threw through as they are', () => {
    const cancelled = new CancelledFailure('CANCELLED');
    const made = ApplicationFailure.nonRetryable('as it is', FATAL.InvalidInput);
    expect(toFailure(cancelled, LABEL)).toBe(cancelled);
    expect(toFailure(made, LABEL)).toBe(made);
  });
});

describe('an unexpected error', () => {
  const config = { headers: new AxiosHeaders({ authorization: SECRET }), data: SECRET };
  const errors: Record<string, () => unknown> = {
    'a SyntaxError that quotes what it read': () => JSON.parse(`{"email":${SECRET}}`) as unknown,
    'a TypeError': () => {
      throw new TypeError(`${SECRET} is not iterable`);
    },
    'an axios error that holds its request': () => {
      throw new AxiosError(SECRET, 'ERR_BAD_REQUEST', config, { body: SECRET });
    },
    'a full disk': () => {
      throw Object.assign(new Error(`ENOSPC: ${SECRET}`), { code: 'ENOSPC', syscall: 'write' });
    },
    'a text': () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- a library may
      throw SECRET;
    },
  };

  it.each(Object.entries(errors))('%s is tried again, without its message', async (_what, work) => {
    const made = failure(await thrownBy(work));
    expect(made.type).toBe(RETRYABLE.Unexpected);
    expect(made.nonRetryable).not.toBe(true);
    expect(made.message).toContain(LABEL);
    expect([made.message, JSON.stringify(made), String(made.cause)].join()).not.toContain(SECRET);
  });

  it('gives its kind and the place in the program, without the folders of the machine', async () => {
    const { message } = failure(await thrownBy(() => JSON.parse('{') as unknown));
    expect(message).toMatch(/^Unexpected SyntaxError at .*\.[cm]?[jt]s:\d+:\d+\)? \[run=/);
    expect(message).not.toContain(process.cwd());
  });

  it('gives the system’s code and call', () => {
    const { message } = failure(errorOfDisk());
    expect(message).toContain('Unexpected Error ENOSPC in write');
  });
});

function errorOfDisk(): Error {
  return Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
}

describe('failure types', () => {
  it('are fatal or not, and no other text is fatal', () => {
    expect(Object.values(FATAL).every(isFatal)).toBe(true);
    expect(Object.values(RETRYABLE).some(isFatal)).toBe(false);
    for (const other of ['', 'SomeError', null, undefined]) expect(isFatal(other)).toBe(false);
  });
});
