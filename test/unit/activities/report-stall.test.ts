import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStallReporter } from '../../../activities/report-stall.js';
import type { StallReport } from '../../../src/contract/stall.js';
import { ActivityContext } from '../../support/activity-context.js';

let runs = 0;
const newRun = () => ({ workflowId: 'import-1', runId: `stalled-${runs++}` });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-02T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

type Stall = Omit<StallReport, 'runId'>;
const UNAVAILABLE: Stall = { kind: 'unavailable', text: 'Kratos does not answer.' };

/** Reports as an activity does, each time in an attempt of its own. */
async function report(context: ActivityContext, run: ReturnType<typeof newRun>, stall: Stall) {
  await context.run((current) => {
    createStallReporter(current, run)(stall);
    return Promise.resolve();
  });
}

describe('the stall that an activity reports', () => {
  it('goes to the workflow of the run, and says which run it is about', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    await report(context, run, UNAVAILABLE);
    expect(context.signals).toEqual([
      { workflowId: 'import-1', name: 'stall', argument: { runId: run.runId, ...UNAVAILABLE } },
    ]);
  });

  it.each<[kind: StallReport['kind'], intervalMs: number]>([
    ['overloaded', 3_000],
    ['unauthorized', 60_000],
    ['unavailable', 60_000],
  ])('is not reported twice within a while: %s, %i ms', async (kind, intervalMs) => {
    const [context, run] = [new ActivityContext(), newRun()];
    const stall = { kind, text: 'the same' };
    await report(context, run, stall);
    await vi.advanceTimersByTimeAsync(intervalMs - 1);
    await report(context, run, stall);
    expect(context.signals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await report(context, run, stall);
    expect(context.signals).toHaveLength(2);
  });

  it('is reported at once with another text, and to another import', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    await report(context, run, UNAVAILABLE);
    await report(context, run, { kind: 'unavailable', text: 'Another thing.' });
    await report(context, newRun(), UNAVAILABLE);
    expect(context.signals).toHaveLength(3);
  });

  it('halves the chunks in flight once, whichever requests Kratos was too busy for', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    for (const status of [429, 503, 504]) {
      await report(context, run, { kind: 'overloaded', text: `Kratos answered ${status}: x.` });
    }
    expect(context.signals).toHaveLength(1);
  });

  it('is lost without harm while Temporal is away', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    context.isAway = true;
    await report(context, run, UNAVAILABLE);
    expect(context.signals).toEqual([]);
  });
});
