import { afterAll, beforeAll, expect, test } from 'vitest';
import { imports, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { identitiesOf } from '../support/identities.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
  await all.write('cron.csv', csvOf('cron', 1));
});
afterAll(() => world.close());

// The first execution of a cron waits for its minute.
test('a start by a cron is refused, and says what to make instead: all its executions would share one run', async () => {
  const starts: [type: string, input: object][] = [
    ['importUsers', { file: 'cron.csv', actor: 'alice' }],
    ['undoImport', { workflowId: 'other', actor: 'alice' }],
    ['purgeRuns', { olderThanDays: 30_000, actor: 'alice' }],
  ];
  const handles = await Promise.all(
    starts.map(([type, input]) =>
      all.client.workflow.start(type, {
        ...{ taskQueue: 'user-import', workflowId: `cron-${type}` },
        ...{ args: [input], cronSchedule: '* * * * *' },
      }),
    ),
  );
  for (const { workflowId, firstExecutionRunId } of handles) {
    const first = all.client.workflow.getHandle(workflowId, firstExecutionRunId);
    await until(async () => (await first.describe()).status.name !== 'RUNNING');
    const { events } = await first.fetchHistory();
    const { failure } = events!.at(-1)!.workflowExecutionFailedEventAttributes!;
    expect(failure?.applicationFailureInfo?.type, workflowId).toBe('InvalidInput');
    expect(failure?.message, workflowId).toContain('temporal schedule create');
    await all.client.workflow.getHandle(workflowId).terminate();
  }
  expect(await identitiesOf(world.kratos.adminUrl, 'cron')).toEqual([]);
});
