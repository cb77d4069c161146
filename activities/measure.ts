/** Metrics of what the activities come to, recorded in one place, by the worker's own meter. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type MetricMeter, type MetricTags } from '@temporalio/common';
import { RETRYABLE } from '../src/contract/failures.js';
import type { PortionResult } from '../src/contract/import/portion.js';
import { ENDINGS, type Delivery } from '../src/contract/notification.js';
import type { InvitationResult } from '../src/contract/invitations.js';
import type { StepResult } from '../src/invitations/step-result.js';
import type { Report } from '../src/contract/report.js';
import { APPROVALS, PAUSE_REASONS, STALLS } from '../src/contract/status.js';
import type { UndoCounts } from '../src/contract/undo/outcomes.js';
import type { AdaptiveSemaphore } from '../src/flow-control/adaptive-semaphore.js';
import { count, gauge, observe } from '../src/telemetry/metrics.js';

const UNDONE = ['deleted', 'restored', 'already_deleted', 'kept'] as const;

type AnyActivity = (request: never) => Promise<unknown>;

/** What is counted of the results of an activity. */
const RESULTS: Record<string, ((meter: MetricMeter, result: never) => void) | undefined> = {
  importRows: (meter, { counts }: PortionResult) => {
    const { due: _, ...outcomes } = counts;
    for (const [outcome, rows] of Object.entries(outcomes)) count(meter, 'rows', { outcome }, rows);
  },
  undoRows: (meter, counts: UndoCounts) => {
    for (const result of UNDONE) {
      count(meter, 'undone', { result }, counts[result]);
    }
  },
  sendInvitation: (meter, result: InvitationResult) => countMails(meter, { result, times: 1 }),
  sendMails: countEnds,
  findLostMails: countEnds,
  giveUpInvitation: (meter) => count(meter, 'mails', { result: 'failed' }),
  sendNotification: (meter, { taken }: Delivery) =>
    count(meter, 'notifications', { result: taken ? 'taken' : 'refused' }),
  writeReport: (meter, { ending }: Pick<Report, 'ending'>) => count(meter, 'ends', { ending }),
};

function countEnds(meter: MetricMeter, { ends }: Pick<StepResult, 'ends'>): void {
  for (const end of ends) {
    if ('failure' in end) count(meter, 'failures', { type: end.failure.type });
    else countMails(meter, end);
  }
}

function countMails(
  meter: MetricMeter,
  { result: { state }, times }: { result: InvitationResult; times: number },
): void {
  count(meter, 'mails', { result: state === 'due' ? 'kept' : state }, times);
}

/** The same activities; what each attempt comes to is counted. */
export function measured<Activities extends Record<string, AnyActivity>>(
  activities: Activities,
): Activities {
  const entries = Object.entries(activities).map(([name, activity]) => [
    name,
    async (request: never) => {
      const { metricMeter } = Context.current();
      try {
        const result = await activity(request);
        RESULTS[name]?.(metricMeter, result as never);
        return result;
      } catch (error) {
        if (error instanceof ApplicationFailure) {
          count(metricMeter, 'failures', { type: error.type ?? 'none' });
        }
        throw error;
      }
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

/** What an import waits for, of an operator or a token. */
const WAITS = [...Object.keys(PAUSE_REASONS), ...Object.keys(APPROVALS), 'held'];

/**
 * Begins the series of what is counted: a series that began with its first event would hide that event from an alert on
 * an increase. Their tags are those that the SDK gives the meters of activities and workflows.
 */
export function announceSeries(meter: MetricMeter, namespace: string, taskQueue: string): void {
  const of = (tags: MetricTags) => meter.withTags({ namespace, taskQueue, ...tags });
  const importUsers = of({ workflowType: 'importUsers' });
  for (const reason of WAITS) count(importUsers, 'waits', { reason }, 0);
  const activity = (activityType: string) => of({ activityType });
  for (const ending of ENDINGS) count(activity('writeReport'), 'ends', { ending }, 0);
  for (const result of UNDONE) count(activity('undoRows'), 'undone', { result }, 0);
  for (const result of ['sent', 'failed', 'none', 'kept']) {
    for (const name of ['sendInvitation', 'sendMails', 'findLostMails']) {
      count(activity(name), 'mails', { result }, 0);
    }
  }
  for (const result of ['taken', 'refused']) {
    count(activity('sendNotification'), 'notifications', { result }, 0);
  }
  const importRows = activity('importRows');
  for (const reason of Object.keys(STALLS)) count(importRows, 'retries', { reason }, 0);
  for (const type of Object.keys(RETRYABLE)) count(importRows, 'failures', { type }, 0);
}

/** The same semaphore; how long each batch takes from its turn on, retries included, is recorded. */
export function measuredWrites(
  writes: AdaptiveSemaphore,
): Pick<AdaptiveSemaphore, 'run' | 'atOnce'> {
  let inFlight = 0;
  return {
    get atOnce() {
      return writes.atOnce;
    },
    run: (rows, signal, write) =>
      writes.run(rows, signal, async () => {
        const { metricMeter } = Context.current();
        gauge(metricMeter, 'writes', ++inFlight);
        gauge(metricMeter, 'writesLimit', writes.atOnce);
        const started = performance.now();
        let result = 'failed';
        try {
          const answer = await write();
          result = 'answered';
          return answer;
        } finally {
          observe(metricMeter, 'batches', { result }, (performance.now() - started) / 1000);
          count(metricMeter, 'batchRows', { result }, rows);
          gauge(metricMeter, 'writes', --inFlight);
        }
      }),
  };
}
