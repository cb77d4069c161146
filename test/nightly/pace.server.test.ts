import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { CATCH_UP_MS, intervalMs, leadMs } from '../../src/invitations/pace.js';
import { executeSql } from '../../dev/servers/postgres.js';
import { Chance } from '../support/chance.js';
import { WorkerPool } from '../support/chaos.js';
import { historiesOf } from '../support/histories.js';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { meanOutside, mostInAMinute, type Outage } from '../support/mail-times.js';
import { SEED } from '../support/seed.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const MAILS = 300;
const PER_MINUTE = 120;
const KILLS = 5;
const LIFETIME_S = 120;
/** The pace does not catch up after a longer pause between two mails than this. */
const LOST_MS = leadMs(PER_MINUTE) + CATCH_UP_MS + intervalMs(PER_MINUTE);

let world: World;
let all: Imports;
let mailServer: MailServer;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
});
afterAll(() => world.close());

test(`every user is invited, no faster than asked, in spite of ${KILLS} kills (SEED=${SEED})`, async () => {
  const chance = new Chance(SEED);
  const workers = new WorkerPool(world, chance, { SMTP_URL: mailServer.url });
  const addresses = Array.from({ length: MAILS }, (_, i) => `person-${i}@example.com`);
  await all.write('people.csv', `email\n${addresses.join('\n')}\n`);
  await workers.start(1);
  const handle = await all.start('paced', {
    file: 'people.csv',
    invitations: { perMinute: PER_MINUTE, expiresIn: `${LIFETIME_S}s` },
  });

  const outages: Outage[] = [];
  for (let i = 1; i <= KILLS; i++) {
    const after = Math.floor((MAILS * i) / (KILLS + 1)) - 20 + chance.below(20);
    await until(() => mailServer.mails.length >= after);
    await sleep(chance.below(1000));
    const killed = Date.now();
    await workers.killOne();
    await workers.start(1);
    outages.push([killed, Date.now()]);
  }
  const { invitations } = (await handle.result()) as ReportSummary;
  const { mails } = mailServer;
  const times = mails.map(({ at }) => at);
  const stops = stopsIn(times);
  const mean = meanOutside([...outages, ...stops], times);
  console.log(
    `${mails.length} mails to ${MAILS} people, ${KILLS} kills: at most ${mostInAMinute(times)} in 60 s, ${mean.toFixed(1)} a minute outside the outages and ${stops.length} stops of the machine`,
  );

  expect(invitations).toEqual({ due: 0, sent: MAILS, failed: 0, failures: {} });
  expect(new Set(mails.map(({ to }) => to))).toEqual(new Set(addresses));
  expect(mails.length - MAILS).toBeLessThanOrEqual(KILLS);
  expect(mostInAMinute(times)).toBeLessThanOrEqual(PER_MINUTE);
  expect(mean).toBeGreaterThan(PER_MINUTE * 0.97);
  expect(mean).toBeLessThan(PER_MINUTE * 1.03);
  expect((await progressOf(handle)).invitations).toMatchObject({ due: MAILS, sent: MAILS });
  await workers.stop();
}, 400_000);

/**
 * The times without mails that are too long for the pace to catch up: a worker was killed, or the machine was busy.
 */
function stopsIn(times: number[]): Outage[] {
  return times.slice(1).flatMap((at, i): Outage[] => {
    const before = times[i]!;
    return at - before > LOST_MS ? [[before + 1, at - 1]] : [];
  });
}

test('each link works for as long as asked from its own mail on', async () => {
  const links = await executeSql(
    world.databaseUrl,
    `SELECT a.value AS address, extract(epoch FROM t.issued_at) * 1000 AS issued, extract(epoch FROM t.expires_at) * 1000 AS expires
     FROM identity_recovery_tokens t JOIN identity_verifiable_addresses a ON a.identity_id = t.identity_id`,
  );
  for (const { at, to } of mailServer.mails) {
    const own = links.filter(({ address }) => address === to);
    const ages = own.map(({ issued }) => at - Number(issued)).filter((age) => age >= 0);
    // Other links for this person came from attempts that died.
    expect(Math.min(...ages)).toBeLessThan(5_000);
    for (const { issued, expires } of own) {
      expect(Math.round((Number(expires) - Number(issued)) / 1000)).toBe(LIFETIME_S);
    }
  }
});

test('its histories are short, since the mails continue as new, and hold no address', async () => {
  const histories = await historiesOf(all.client, 'paced');
  const ofMails = histories.filter(({ workflowId }) => workflowId.endsWith('/invitations'));
  expect(ofMails.length).toBeGreaterThan(1);
  for (const { events, text } of histories) {
    expect(events).toBeLessThan(2500);
    expect(text).not.toMatch(/person-|example\.com/);
  }
});
