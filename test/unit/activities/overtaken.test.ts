import { describe, expect, it } from 'vitest';
import { refuseOvertaken } from '../../../activities/overtaken.js';
import type { Plan } from '../../../src/store/plan.js';
import { recordNight, type SourceNight } from '../../../src/store/source-nights.js';
import { MemoryStore } from '../../support/memory-store.js';
import { RUN } from '../../support/planned-run.js';

const source = { name: 'hr' } as NonNullable<Plan['source']>;
const at = '2026-11-28T03:00:00.000Z';
const OTHER = { workflowId: 'by-hand', runId: '00000000-0000-4000-8000-000000000001' };

async function check(night: Partial<SourceNight>, plan: Partial<Plan> = {}): Promise<void> {
  const runs = new MemoryStore();
  const times = { startedAt: '2026-11-28T04:00:00.000Z', finishedAt: '2026-11-28T04:01:00.000Z' };
  await recordNight(runs, { source: 'hr', run: OTHER, ...times, ...night } as SourceNight);
  await refuseOvertaken(runs, { run: RUN, source, at, ...plan });
}

describe('a run whose approval comes after another run of its source has ended', () => {
  it('changes nobody, and says why', async () => {
    await expect(check({})).rejects.toThrow(
      'Another run of the source hr has ended since this file was validated: by-hand.',
    );
  });

  it.each<[string, Partial<SourceNight>, Partial<Plan>]>([
    ['it ended before this file was validated', { finishedAt: '2026-11-28T02:59:00.000Z' }, {}],
    ['it is of another source', { source: 'school' }, {}],
    ['it is this run, whose report is written again', { run: RUN }, {}],
    ['this run is of no source', {}, { source: undefined }],
  ])('goes on where %s', async (_what, night, plan) => {
    await expect(check(night, plan)).resolves.toBeUndefined();
  });
});
