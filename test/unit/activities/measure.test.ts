import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { measured, measuredWrites } from '../../../activities/measure.js';
import { AdaptiveSemaphore } from '../../../src/flow-control/adaptive-semaphore.js';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { ActivityContext } from '../../support/activity-context.js';

async function recordedOf(
  name: string,
  activity: (request: never) => Promise<unknown>,
): Promise<{ recorded: string[]; thrown: unknown }> {
  const context = new ActivityContext();
  let thrown: unknown;
  await context
    .run(() => measured({ [name]: activity })[name]!(undefined as never))
    .catch((error: unknown) => (thrown = error));
  return { recorded: context.metrics.recorded.filter((text) => !text.endsWith(' 0')), thrown };
}

describe('the metrics of activities', () => {
  it('count the rows of a chunk by outcome, and not how many of them are due a mail as rows', async () => {
    const counts = { ...NO_COUNTS, created: 7, invalid: 2, due: 5 };
    expect(await recordedOf('importRows', () => Promise.resolve({ counts, errors: {} }))).toEqual({
      recorded: ['user_import_rows{outcome="created"} 7', 'user_import_rows{outcome="invalid"} 2'],
      thrown: undefined,
    });
  });

  it.each([
    ['sendInvitation', { state: 'sent', mailed: true }, 'user_import_invitations{result="sent"} 1'],
    ['sendInvitation', { state: 'due', mailed: false }, 'user_import_invitations{result="kept"} 1'],
    [
      'sendMails',
      { ends: [{ result: { state: 'none', mailed: false }, times: 7 }] },
      'user_import_invitations{result="none"} 7',
    ],
    [
      'findLostMails',
      { ends: [{ result: { state: 'sent', mailed: true }, times: 9 }], unsure: '2', untried: '' },
      'user_import_invitations{result="sent"} 9',
    ],
    ['giveUpInvitation', undefined, 'user_import_invitations{result="failed"} 1'],
    ['sendNotification', { taken: true }, 'user_import_notifications{result="taken"} 1'],
    ['sendNotification', { taken: false }, 'user_import_notifications{result="refused"} 1'],
    ['writeReport', { ending: 'cancelled' }, 'user_import_reports{ending="cancelled"} 1'],
  ])('count what %s comes to', async (name, result, expected) => {
    const { recorded } = await recordedOf(name, () => Promise.resolve(result));
    expect(recorded).toEqual([expected]);
  });

  it('count a failed attempt by the type of its failure, and pass the failure on', async () => {
    const failure = ApplicationFailure.create({ type: 'KratosUnavailable', message: 'x' });
    const { recorded, thrown } = await recordedOf('importRows', () => Promise.reject(failure));
    expect(recorded).toEqual(['user_import_failed_attempts{type="KratosUnavailable"} 1']);
    expect(thrown).toBe(failure);
  });

  it('time each batch, whether it is answered or not', async () => {
    const context = new ActivityContext();
    const writes = measuredWrites(new AdaptiveSemaphore());
    const { signal } = new AbortController();
    await context.run(async () => {
      expect(await writes.run(100, signal, () => Promise.resolve('answer'))).toBe('answer');
      const lost = writes.run(50, signal, () => Promise.reject(new Error('lost')));
      await expect(lost).rejects.toThrow('lost');
    });
    expect(context.metrics.recorded).toEqual(
      ['answered 100', 'failed 50'].flatMap((batch) => {
        const [result, rows] = batch.split(' ');
        return [
          'user_import_writes_in_flight{} 1',
          'user_import_writes_limit{} 2',
          `user_import_batch_duration{result="${result}"}`,
          `user_import_batch_rows{result="${result}"} ${rows}`,
          'user_import_writes_in_flight{} 0',
        ];
      }),
    );
  });
});
