/** What a worker tells of itself while it runs: metrics, its health, its log. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prometheusNames } from '../../../src/telemetry/metrics.js';
import { freeAddress } from '../../support/free-address.js';
import { imports, type Imports } from '../../support/imports.js';
import { SDK_METRICS } from '../../support/sdk-metrics.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
});
afterAll(() => world.close());

it('an import shows in metrics, health and log, and nothing of its rows does', async () => {
  const metrics = await freeAddress();
  const health = await freeAddress();
  const worker = await startWorker(world, {
    METRICS_ADDRESS: metrics,
    HEALTH_ADDRESS: health,
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'debug',
  });
  const statusOf = async (path: string) =>
    (await fetch(`http://${health}${path}`).catch(() => undefined))?.status;
  await until(async () => (await statusOf('/readyz')) === 200);
  expect(await statusOf('/healthz')).toBe(200);

  const people = 'email,first_name,role\nann@metrics.test,Annabel,user\nbob@metrics.test,Bo,boss\n';
  await all.write('people.csv', people);
  const input = { file: 'people.csv', onInvalid: 'import-valid' };
  await all.run('told-in-metrics', { ...input, approval: 'none', invitations: { send: 'never' } });

  const text = await (await fetch(`http://${metrics}/metrics`)).text();
  const missing = [...prometheusNames(), ...SDK_METRICS].filter(
    (name) => !text.includes(`\n${name}{`),
  );
  expect(missing).toEqual([]);
  const valueOf = (name: string, label: string) =>
    new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1];
  expect(valueOf('user_import_rows_total', 'outcome="created"')).toBe('1');
  expect(valueOf('user_import_rows_total', 'outcome="invalid"')).toBe('1');
  expect(valueOf('user_import_batch_duration_seconds_count', 'result="answered"')).toBe('1');
  expect(valueOf('user_import_reports_total', 'ending="done"')).toBe('1');
  expect(valueOf('user_import_waits_total', 'reason="plan"')).toBe('0');
  for (const secret of ['metrics.test', 'Annabel', 'boss', 'told-in-metrics']) {
    expect(text, secret).not.toContain(secret);
  }

  await worker.stop();
  expect(worker.exitCode()).toBe(0);
  expect(await statusOf('/healthz')).toBeUndefined();
  const entries = (await worker.log())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries.filter(({ time, level, message }) => !time || !level || !message)).toEqual([]);
  expect(entries).toContainEqual(
    expect.objectContaining({
      message: 'Activity completed',
      activityType: 'importRows',
      import: 'told-in-metrics',
      chunk: 1,
      attempt: 1,
    }),
  );
  expect(await worker.log()).not.toMatch(/metrics\.test|Annabel/);
});
