import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID, demoSchema } from '../../dev/servers/demo-schema.js';
import { historiesOf, type ReadHistory } from '../support/histories.js';
import { imports } from '../support/imports.js';
import { startStubKratos } from '../support/stub-kratos.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 100_000;

let world: World;
let summary: { rows: Record<string, number> };
let histories: ReadHistory[];

beforeAll(async () => {
  world = await createWorld();
  const stub = await startStubKratos(DEMO_SCHEMA_ID, demoSchema);
  world.onClose(() => stub.close());
  await startWorker(world, { KRATOS_ADMIN_URL: stub.url });
  const all = await imports(world);
  const rows = Array.from({ length: ROWS }, (_, i) => `user${i}@example.com,First ${i},Last ${i}`);
  await all.write('users.csv', ['email,first_name,last_name', ...rows, ''].join('\n'));
  summary = await all.run('hundred-thousand', { file: 'users.csv' });
  histories = await historiesOf(all.client, 'hundred-thousand');
}, 600_000);

afterAll(() => world.close());

/** At most. */
const CHUNKS_A_CHILD = 10;

test('100,000 rows are all created', () => {
  expect(summary.rows).toMatchObject({ total: ROWS, created: ROWS });
});

test('no history comes near the limits of Temporal, and all of them together stay below 0.02 events a row', () => {
  expect(histories.length).toBeGreaterThan(ROWS / 500 / CHUNKS_A_CHILD);
  const most = Math.max(...histories.map(({ events }) => events));
  const bytes = Math.max(...histories.map(({ bytes }) => bytes));
  const all = histories.reduce((sum, { events }) => sum + events, 0);
  console.log(
    `${ROWS} rows: ${histories.length} histories, longest ${most} events and ${bytes} bytes, ${(all / ROWS).toFixed(4)} events a row`,
  );
  expect(most).toBeLessThan(10_000);
  expect(bytes).toBeLessThan(5 * 1024 * 1024);
  expect(all / ROWS).toBeLessThanOrEqual(0.02);
});
