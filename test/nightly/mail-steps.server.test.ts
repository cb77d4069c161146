import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { Chance } from '../support/chance.js';
import { WorkerPool } from '../support/chaos.js';
import { historiesOf } from '../support/histories.js';
import { allIdentities } from '../support/identities.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { mostInAMinute } from '../support/mail-times.js';
import { listOf, people, PRIVATE } from '../support/people.js';
import { SEED } from '../support/seed.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

/** So many mails of a step are on their way at once, and so many more wait some milliseconds for their record. */
const IN_FLIGHT = 32 + 16;
const KILLS = 3;

let world: World;
let all: Imports;
let mailServer: MailServer;
let workers: WorkerPool;
const chance = new Chance(SEED);

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  workers = new WorkerPool(world, chance, { SMTP_URL: mailServer.url });
  await workers.start(1);
});
afterAll(async () => {
  await workers.stop();
  await world.close();
});

const domainOf = (name: string): string => `${name}.example.com`;

async function start(name: string, count: number, perMinute: number): Promise<WorkflowHandle> {
  await all.write(`${name}.csv`, listOf(people(domainOf(name), count)));
  return all.start(name, { file: `${name}.csv`, invitations: { perMinute } });
}

const mailsOf = (name: string) =>
  mailServer.mails.filter(({ to }) => to.endsWith(`@${domainOf(name)}`));
const resultOf = async (handle: WorkflowHandle) => (await handle.result()) as ReportSummary;

/** How many mails each person has. */
function mailsEach(name: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { to } of mailsOf(name)) counts.set(to, (counts.get(to) ?? 0) + 1);
  return counts;
}

async function eventsOf(name: string): Promise<number> {
  const histories = await historiesOf(all.client, name);
  const ofMails = histories.filter(({ workflowId }) => workflowId.endsWith('/invitations'));
  for (const { text } of ofMails) expect(text).not.toMatch(PRIVATE);
  expect(ofMails.some(({ text }) => text.includes('sendMails'))).toBe(true);
  return ofMails.reduce((sum, { events }) => sum + events, 0);
}

test(`workers that are killed in the middle of steps lose no mail and repeat only those on their way (SEED=${SEED})`, async () => {
  const [count, perMinute] = [2000, 1500];
  const handle = await start('killed', count, perMinute);
  for (let kill = 1; kill <= KILLS; kill++) {
    await until(() => mailsOf('killed').length >= (count * kill) / (KILLS + 1));
    await sleep(chance.below(1500));
    await workers.killOne();
    await workers.start(1);
  }
  const { invitations } = await resultOf(handle);
  expect(invitations).toEqual({ due: 0, sent: count, failed: 0, failures: {} });
  const each = mailsEach('killed');
  expect([...each.keys()].toSorted()).toEqual(people(domainOf('killed'), count).toSorted());
  const repeats = mailsOf('killed').length - count;
  const times = mailsOf('killed').map(({ at }) => at);
  const events = await eventsOf('killed');
  console.log(
    `${repeats} repeats after ${KILLS} kills; at most ${mostInAMinute(times)} mails in 60 s; ${(events / count).toFixed(2)} events a mail`,
  );
  expect(repeats).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
  expect(Math.max(...each.values())).toBeLessThanOrEqual(1 + KILLS);
  expect(mostInAMinute(times)).toBeLessThanOrEqual(perMinute);
  const invited = (await allIdentities(world.kratos.adminUrl)).filter(({ traits }) =>
    String(traits['email']).endsWith(`@${domainOf('killed')}`),
  );
  expect(invited).toHaveLength(count);
  for (const { metadata_admin } of invited) {
    const sentAt = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
    expect(metadata_admin).toMatchObject({ csv_import: { invitation: { sentAt } } });
  }
}, 300_000);

test('a pause is at rest within some seconds, also in the middle of steps', async () => {
  const handle = await start('paused', 1000, 3000);
  await until(() => mailsOf('paused').length >= 150);
  const pausedAt = Date.now();
  await handle.signal('pause');
  await sleep(8000);
  const last = Math.max(...mailsOf('paused').map(({ at }) => at));
  const before = mailsOf('paused').length;
  expect(last - pausedAt).toBeLessThan(5000);
  await sleep(3000);
  expect(mailsOf('paused')).toHaveLength(before);
  expect(before).toBeLessThan(600);
  await handle.signal('resume');
  const { invitations } = await resultOf(handle);
  expect(invitations).toMatchObject({ due: 0, sent: 1000, failed: 0 });
  expect(mailsOf('paused')).toHaveLength(1000);
}, 120_000);

test('a mail server that goes away in the middle of a step is waited for', async () => {
  const handle = await start('away', 600, 3000);
  await until(() => mailsOf('away').length >= 150);
  await mailServer.stop();
  await untilNotice(handle, /^The mail server .*Invitations wait, and go on by themselves\.$/);
  await mailServer.start();
  const { invitations } = await resultOf(handle);
  expect(invitations).toEqual({ due: 0, sent: 600, failed: 0, failures: {} });
  expect(mailsEach('away').size).toBe(600);
  expect(mailsOf('away').length - 600).toBeLessThanOrEqual(IN_FLIGHT);
  const { notices } = await progressOf(handle);
  const about = notices.map(({ text }) => text).filter((text) => /wait|go out again/.test(text));
  expect(about.length, about.join('\n')).toBeLessThanOrEqual(4);
}, 120_000);

test('a mail server that begins to refuse all mails is not offered the rest of a step', async () => {
  const name = 'hostile';
  const handle = await start(name, 800, 6000);
  await until(() => mailsOf(name).length >= 150);
  mailServer.faultsFor.set(domainOf(name), { refuse: { at: 'RCPT TO', status: 554 } });
  await untilNotice(handle, /^Paused by itself: the mail server has refused/);
  await sleep(3000);
  const refused = new Set(mailServer.refusals.map(({ to }) => to)).size;
  expect(refused).toBeGreaterThanOrEqual(10);
  // Of one step, and of the next, which may have begun.
  expect(refused).toBeLessThanOrEqual(2 * IN_FLIGHT);
  mailServer.faultsFor.delete(domainOf(name));
  await handle.signal('resume');
  const { invitations } = await resultOf(handle);
  expect(invitations).toMatchObject({ due: 0, sent: 800 - refused, failed: refused });
  expect(mailsOf(name)).toHaveLength(800 - refused);
}, 120_000);

test('workers that are told to end finish what is on its way, and repeat nothing', async () => {
  const handle = await start('ended', 1000, 3000);
  await until(() => mailsOf('ended').length >= 150);
  await workers.stop();
  await workers.start(1);
  const { invitations } = await resultOf(handle);
  expect(invitations).toEqual({ due: 0, sent: 1000, failed: 0, failures: {} });
  expect(mailsOf('ended')).toHaveLength(1000);
  expect(mailsEach('ended').size).toBe(1000);
}, 180_000);
