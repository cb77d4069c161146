import { afterAll, beforeAll, expect, test } from 'vitest';
import { imports, progressOf, table, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { mostInAMinute } from '../support/mail-times.js';
import { csvOf } from '../support/people.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const PEOPLE = 20;
const PER_MINUTE = 15;

let world: World;
let all: Imports;
let mailServer: MailServer;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  await startWorker(world, { SMTP_URL: mailServer.url });
});
afterAll(() => world.close());

/** A window of one minute, the next one that begins. */
function nextMinute(): { opensAt: number; window: { from: string; to: string; timeZone: string } } {
  const opensAt = Math.ceil((Date.now() + 4000) / 60_000) * 60_000;
  const timeOfDay = (at: number): string => new Date(at).toISOString().slice(11, 16);
  const [from, to] = [timeOfDay(opensAt), timeOfDay(opensAt + 60_000)];
  return { opensAt, window: { from, to, timeZone: 'UTC' } };
}

test('mails go out in their window only, and the mails that are left wait for the next window', async () => {
  const { opensAt, window } = nextMinute();
  await all.write('window.csv', csvOf('window-', PEOPLE));
  const invitations = { perMinute: PER_MINUTE, window };
  const handle = await all.start('window', { file: 'window.csv', invitations });
  const closesAt = opensAt + 60_000;
  await until(() => Date.now() > closesAt + 4000);
  const times = mailServer.mails.map(({ at }) => at);
  expect(times.length).toBeGreaterThanOrEqual(12);
  expect(times.length).toBeLessThan(PEOPLE);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(opensAt);
  expect(Math.min(...times)).toBeLessThan(opensAt + 5000);
  expect(Math.max(...times)).toBeLessThan(closesAt + 1500);
  expect(mostInAMinute(times)).toBeLessThanOrEqual(PER_MINUTE);

  expect(await progressOf(handle)).toMatchObject({ phase: 'inviting', paused: false });
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const { runId } = await handle.describe();
  const results = await table(`${world.runs}/window/${runId}`, 'results.csv');
  expect(results.filter(({ invitation }) => invitation === 'sent')).toHaveLength(times.length);
  expect(results.filter(({ invitation }) => invitation === 'due')).toHaveLength(
    PEOPLE - times.length,
  );
}, 200_000);
