import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { historiesOf } from '../support/histories.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { listOf, people, PRIVATE } from '../support/people.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** What the busy mail server takes: hosted ones take a tenth to a hundred times as many mails a minute. */
const LIMITS = { connections: 3, mailsASession: 20, mailsASecond: 10 };
const PEOPLE = 400;
/** Ten times what it takes. */
const PER_MINUTE = 6000;
/** One of ten addresses leads nowhere. */
const DEAD = 40;

let world: World;
let all: Imports;
let busy: MailServer;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  busy = await startMailServer();
  world.onClose(() => busy.stop());
  worker = await startWorker(world, { SMTP_URL: busy.url });
});
afterAll(() => world.close());

async function start(
  name: string,
  addresses: string[],
  perMinute: number,
): Promise<WorkflowHandle> {
  await all.write(`${name}.csv`, listOf(addresses));
  return all.start(name, { file: `${name}.csv`, invitations: { perMinute } });
}

async function textsOf(handle: WorkflowHandle): Promise<string[]> {
  const { notices } = await progressOf(handle);
  return notices.map(({ text }) => text);
}

function mailed(domain: string): string[] {
  return busy.mails.map(({ to }) => to).filter((to) => to.endsWith(`@${domain}`));
}

describe('a mail server with limits', () => {
  test('of connections, mails over each and mails a second gets everyone’s mail once, at its own pace', async () => {
    busy.faults = {
      mostConnections: LIMITS.connections,
      mailsASession: { most: LIMITS.mailsASession, then: 'refuse' },
      mailsASecond: LIMITS.mailsASecond,
    };
    const domain = 'busy.example.com';
    const addresses = people(domain, PEOPLE);
    const dead = addresses.filter((_, i) => i % (PEOPLE / DEAD) === 5);
    for (const address of dead) {
      busy.faultsFor.set(address, { refuse: { at: 'RCPT TO', status: 550 } });
    }
    const handle = await start('busy', addresses, PER_MINUTE);
    const { invitations } = (await handle.result()) as ReportSummary;
    busy.faults = {};

    expect(invitations).toMatchObject({ due: 0, sent: PEOPLE - DEAD, failed: DEAD });
    expect(mailed(domain).toSorted()).toEqual(
      addresses.filter((address) => !dead.includes(address)).toSorted(),
    );
    // Of refusals by the pace; each dead address is refused once.
    expect(busy.refusals.length - DEAD).toBeLessThan(PEOPLE / 2);
    expect(busy.refusedConnections).toBeLessThan(20);
    const texts = await textsOf(handle);
    expect(texts.filter((text) => text.startsWith('The mail server takes about'))).toHaveLength(1);
    expect(texts.filter((text) => /wait|again/.test(text))).toEqual([]);
  }, 300_000);

  test('of a day has all mails wait, and send once it is over', async () => {
    const domain = 'quota.example.com';
    busy.faults = { answer: { status: 550, text: 'Daily user sending limit exceeded' } };
    const handle = await start('quota', people(domain, 20), 600);
    await untilNotice(handle, /^The mail server answered 550 to DATA: the quota of the sender/);
    busy.faults = {};
    const { invitations } = (await handle.result()) as ReportSummary;
    expect(invitations).toEqual({ due: 0, sent: 20, failed: 0, failures: {} });
    expect(mailed(domain).toSorted()).toEqual(people(domain, 20).toSorted());
    expect((await textsOf(handle)).filter((text) => text.includes('quota'))).toHaveLength(1);
  }, 300_000);

  test('that refuses four of five for good halts the mails', async () => {
    const domain = 'refused.example.com';
    const addresses = people(domain, 100);
    for (const [i, address] of addresses.entries()) {
      if (i % 5 > 0) busy.faultsFor.set(address, { refuse: { at: 'RCPT TO', status: 550 } });
    }
    const handle = await start('refused', addresses, 600);
    await untilNotice(
      handle,
      /^Paused by itself: the mail server has refused \d+ (of the latest \d+ invitations|invitations in a row) for good\./,
    );
    expect((await progressOf(handle)).paused).toBe(true);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    const refused = busy.refusals.filter(({ to }) => to.endsWith(`@${domain}`));
    expect(refused.length).toBeLessThan(60);
  }, 120_000);

  test('is quoted in no history and no log', async () => {
    for (const name of ['busy', 'quota', 'refused']) {
      for (const { text } of await historiesOf(all.client, name)) expect(text).not.toMatch(PRIVATE);
    }
    expect(await worker.log()).not.toMatch(PRIVATE);
  });
});
