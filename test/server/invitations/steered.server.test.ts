import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import type { Progress } from '../../../src/contract/import/progress.js';
import { runCommand } from '../../support/command.js';
import { imports, progressOf, table, untilNotice, type Imports } from '../../support/imports.js';
import { startMailServer, type MailServer } from '../../support/mail-server.js';
import { mostInAMinute } from '../../support/mail-times.js';
import { refusalOf, steer, WAYS } from '../../support/steering.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let mailServer: MailServer;

/** Mails to the people of one file, oldest first. */
function mailsOf(name: string): number[] {
  return mailServer.mails.filter(({ to }) => to.startsWith(`${name}-`)).map(({ at }) => at);
}

async function start(
  name: string,
  people: number,
  invitations: Record<string, unknown>,
): Promise<WorkflowHandle> {
  const rows = Array.from({ length: people }, (_, i) => `${name}-${i}@example.com\n`);
  await all.write(`${name}.csv`, `email\n${rows.join('')}`);
  return all.start(name, { file: `${name}.csv`, invitations });
}

const endOf = async (handle: WorkflowHandle): Promise<ReportSummary> =>
  (await handle.result()) as ReportSummary;

/** A window of one minute, the next one that begins. */
function nextMinute(): { opensAt: number; window: { from: string; to: string; timeZone: string } } {
  const opensAt = Math.ceil((Date.now() + 4000) / 60_000) * 60_000;
  const timeOfDay = (at: number): string => new Date(at).toISOString().slice(11, 16);
  const [from, to] = [timeOfDay(opensAt), timeOfDay(opensAt + 60_000)];
  return { opensAt, window: { from, to, timeZone: 'UTC' } };
}

let windowed: { handle: WorkflowHandle; opensAt: number };

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  await startWorker(world, { SMTP_URL: mailServer.url });
  // Takes up to two minutes, so it runs beside the others.
  const { opensAt, window } = nextMinute();
  windowed = { opensAt, handle: await start('window', 20, { perMinute: 15, window }) };
});
afterAll(() => world.close());

describe.each(WAYS)('by %s', (way) => {
  let handle: WorkflowHandle;
  let name: string;
  const sent = (): number => mailsOf(name).length;

  beforeEach(({ task }) => {
    name = `${way}-${task.id.replace(/\W/g, '')}`;
  });

  test('mails are held until they are released', async () => {
    handle = await start(name, 3, { send: 'hold', perMinute: 6000 });
    await untilNotice(handle, /^Invitations are held\./);
    await sleep(1000);
    expect(await progressOf(handle)).toMatchObject({
      phase: 'inviting',
      invitations: { due: 3, sent: 0, held: true },
      etaSeconds: null,
    });
    expect(sent()).toBe(0);
    const { invitations } = await steer(handle, way, 'releaseInvitations');
    expect(invitations.held).toBe(false);
    expect((await endOf(handle)).invitations).toMatchObject({ sent: 3, due: 0 });
    expect(sent()).toBe(3);
  });

  test('mails stop in a pause and go on after it', async () => {
    handle = await start(name, 80, { perMinute: 600 });
    await until(() => sent() >= 5);
    expect((await steer(handle, way, 'pause')).paused).toBe(true);
    await untilAtRest(sent); // what was in flight is through
    const atRest = sent();
    await sleep(2000);
    expect(sent()).toBe(atRest);
    expect(atRest).toBeLessThan(80);
    expect((await steer(handle, way, 'resume')).paused).toBe(false);
    expect((await endOf(handle)).invitations).toMatchObject({ sent: 80 });
  });

  test('mails go faster and slower as told, and a rate that is none changes nothing', async () => {
    handle = await start(name, 120, { perMinute: 30 });
    await until(() => sent() >= 3);
    expect((await steer(handle, way, 'setEmailRate', 300)).invitations.perMinute).toBe(300);
    const faster = Date.now();
    await until(() => sent() >= 25);
    // At the rate from before it would take three quarters of a minute.
    expect(Date.now() - faster).toBeLessThan(40_000);
    await steer(handle, way, 'setEmailRate', 20);
    // As many as that rate allows in a minute have gone out already.
    await untilAtRest(sent);
    expect(sent()).toBeLessThan(120);
    expect(await refusalOf(handle, way, 'setEmailRate', 0)).toContain('setEmailRate: got 0');
    expect((await progressOf(handle)).invitations.perMinute).toBe(20);
    await steer(handle, way, 'setEmailRate', 60_000);
    expect((await endOf(handle)).invitations).toMatchObject({ sent: 120 });
    expect(mailsOf(name)).toHaveLength(120);
  });
});

/** Waits until no mail has gone out for three seconds. */
async function untilAtRest(sent: () => number): Promise<void> {
  await until(async () => {
    const before = sent();
    await sleep(3000);
    return sent() === before;
  });
}

test('the commands of a shell do the same', async () => {
  const shell = (...args: string[]) => runCommand(world, world.runs, args);
  const handle = await start('shell', 30, { send: 'hold', perMinute: 60 });
  await untilNotice(handle, /^Invitations are held\./);
  expect((await shell('status', 'shell')).out).toContain(
    'Invitations are held. Send them: user-import release-invitations shell',
  );
  const rate = await shell('email-rate', 'shell', '1200');
  expect(rate).toMatchObject({
    code: 0,
    out: expect.stringContaining('at most 1,200 a minute') as string,
  });
  expect(mailsOf('shell')).toEqual([]);
  expect((await shell('release-invitations', 'shell')).code).toBe(0);
  const watch = await shell('watch', 'shell');
  expect(watch).toMatchObject({
    code: 0,
    out: expect.stringContaining('Invitations: 30 sent.') as string,
  });
});

test('mails go out in their window only, and those that are left wait for the next one', async () => {
  const { handle, opensAt } = windowed;
  const closesAt = opensAt + 60_000;
  await until(() => Date.now() > closesAt + 4000);
  const times = mailsOf('window');
  expect(times.length).toBeGreaterThanOrEqual(12);
  expect(times.length).toBeLessThan(20);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(opensAt);
  expect(Math.min(...times)).toBeLessThan(opensAt + 5000);
  expect(Math.max(...times)).toBeLessThan(closesAt + 1500);
  expect(mostInAMinute(times)).toBeLessThanOrEqual(15);

  const progress: Progress = await progressOf(handle);
  expect(progress).toMatchObject({ phase: 'inviting', paused: false });
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const { runId } = await handle.describe();
  const results = await table(`${world.runs}/window/${runId}`, 'results.csv');
  expect(results.filter(({ invitation }) => invitation === 'sent')).toHaveLength(times.length);
  expect(results.filter(({ invitation }) => invitation === 'due')).toHaveLength(20 - times.length);
}, 200_000);
