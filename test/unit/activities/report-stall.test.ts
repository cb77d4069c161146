import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStallReporter } from '../../../activities/report-stall.js';
import type { StallReport } from '../../../src/contract/stall.js';
import { ActivityContext } from '../../support/activity-context.js';

let runs = 0;
const newRun = () => ({ workflowId: 'import-1', runId: `told-${runs++}` });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-02T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

type News = Omit<StallReport, 'runId'>;
const UNAVAILABLE: News = { kind: 'unavailable', text: 'Kratos does not answer.' };

/** Tells as an activity does, each time in an attempt of its own. */
async function tell(context: ActivityContext, run: ReturnType<typeof newRun>, news: News) {
  await context.run((current) => {
    createStallReporter(current, run)(news);
    return Promise.resolve();
  });
}

describe('what an activity tells its import', () => {
  it('goes to the workflow of the run, and says which run it is about', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    await tell(context, run, UNAVAILABLE);
    expect(context.signals).toEqual([
      { workflowId: 'import-1', name: 'stall', argument: { runId: run.runId, ...UNAVAILABLE } },
    ]);
  });

  it.each<[kind: StallReport['kind'], quietMs: number]>([
    ['overloaded', 3_000],
    ['unauthorized', 60_000],
    ['unavailable', 60_000],
  ])('is not told twice within a while: %s, %i ms', async (kind, quietMs) => {
    const [context, run] = [new ActivityContext(), newRun()];
    const news = { kind, text: 'the same' };
    await tell(context, run, news);
    await vi.advanceTimersByTimeAsync(quietMs - 1);
    await tell(context, run, news);
    expect(context.signals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await tell(context, run, news);
    expect(context.signals).toHaveLength(2);
  });

  it('is told of something else, and to another import, at once', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    await tell(context, run, UNAVAILABLE);
    await tell(context, run, { kind: 'unavailable', text: 'Another thing.' });
    await tell(context, newRun(), UNAVAILABLE);
    expect(context.signals).toHaveLength(3);
  });

  it('halves the chunks in flight once, whatever the requests were that Kratos had no time for', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    for (const status of [429, 503, 504]) {
      await tell(context, run, { kind: 'overloaded', text: `Kratos answered ${status}: x.` });
    }
    expect(context.signals).toHaveLength(1);
  });

  it('is lost without harm while Temporal is away', async () => {
    const [context, run] = [new ActivityContext(), newRun()];
    context.isAway = true;
    await tell(context, run, UNAVAILABLE);
    expect(context.signals).toEqual([]);
  });
});
