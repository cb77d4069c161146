import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { runCommand } from '../support/command.js';
import { historiesOf } from '../support/histories.js';
import { imports, progressOf, table, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { listOf, PRIVATE, people } from '../support/people.js';
import { untilMailsRest } from '../support/steering.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;
let mailServer: MailServer;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  worker = await startWorker(world, { SMTP_URL: mailServer.url });
});
afterAll(() => world.close());

/** Starts an import of people of a domain of its own, which gets no faults of other tests. */
async function start(name: string, count: number, perMinute: number): Promise<WorkflowHandle> {
  await all.write(`${name}.csv`, listOf(people(domainOf(name), count)));
  return all.start(name, { file: `${name}.csv`, invitations: { perMinute } });
}

const domainOf = (name: string): string => `${name}.example.com`;
const endOf = async (handle: WorkflowHandle): Promise<ReportSummary> =>
  (await handle.result()) as ReportSummary;

function to<T extends { to: string }>(name: string, list: T[]): T[] {
  return list.filter((each) => each.to.endsWith(`@${domainOf(name)}`));
}
const peopleMailed = (name: string): string[] => to(name, mailServer.mails).map((mail) => mail.to);

function expectEachOnce(name: string, count: number): void {
  expect(peopleMailed(name).toSorted()).toEqual(people(domainOf(name), count).toSorted());
}

const messageIds = (mails: { raw: string }[]): Set<string | undefined> =>
  new Set(mails.map(({ raw }) => /^Message-ID: (.+)\r$/m.exec(raw)?.[1]));

describe.concurrent('the mail server', () => {
  test('does not take the mail to one person now: that mail comes later, and holds up no other', async () => {
    const one = 'person-3@later.example.com';
    mailServer.faultsFor.set(one, { refuse: { at: 'RCPT TO', status: 450 } });
    const handle = await start('later', 40, 6000);
    await until(() => peopleMailed('later').length === 39);
    expect(peopleMailed('later')).not.toContain(one);
    mailServer.faultsFor.delete(one);
    const { invitations } = await endOf(handle);
    expect(invitations).toEqual({ due: 0, sent: 40, failed: 0, failures: {} });
    expectEachOnce('later', 40);
    expect(to('later', mailServer.refusals)).not.toEqual([]);
    const { notices } = await progressOf(handle);
    expect(notices.map(({ text }) => text).join()).not.toContain('wait');
  });

  test('takes no mail for a while: few are tried meanwhile, then all go out', async () => {
    mailServer.faultsFor.set('later-all.example.com', { refuse: { at: 'DATA', status: 451 } });
    const handle = await start('later-all', 30, 120);
    await untilNotice(
      handle,
      /^The mail server answered 451 to DATA\. Invitations wait, and go on by themselves\.$/,
    );
    await untilMailsRest(all.client, handle, /Waiting for a server/);
    const refused = (): number => to('later-all', mailServer.refusals).length;
    const before = refused();
    expect(before).toBeLessThan(30);
    await until(() => refused() > before);
    expect(refused()).toBeLessThan(before + 5);
    mailServer.faultsFor.delete('later-all.example.com');
    const { invitations } = await endOf(handle);
    expect(invitations).toEqual({ due: 0, sent: 30, failed: 0, failures: {} });
    expectEachOnce('later-all', 30);
    const { notices } = await progressOf(handle);
    const about = notices.filter(({ text }) => /wait|go out again/.test(text));
    expect(about.map(({ text }) => text.replace(/.* Inv/, 'Inv'))).toEqual([
      'Invitations wait, and go on by themselves.',
      'Invitations go out again.',
    ]);
  });

  test('refuses the mail to one person for good: it is failed, the others are sent, and that is an exit of 1', async () => {
    const one = 'person-5@refused.example.com';
    mailServer.faultsFor.set(one, { refuse: { at: 'RCPT TO', status: 550 } });
    const handle = await start('refused', 10, 6000);
    const { code, out } = await runCommand(world, world.runs, ['watch', 'refused']);
    expect(code).toBe(1);
    expect(out).not.toMatch(PRIVATE);

    const { invitations, rows, folder } = await endOf(handle);
    expect(rows).toMatchObject({ created: 10, failed: 0 });
    const failures = { 550: { count: 1, lines: [7] } };
    expect(invitations).toEqual({ due: 0, sent: 9, failed: 1, failures });
    const results = await table(folder, 'results.csv');
    for (const { email, invitation } of results) {
      expect(invitation).toBe(email === one ? 'failed' : 'sent');
    }
    expect(results).toHaveLength(10);
    expect(to('refused', mailServer.refusals)).toHaveLength(1);
    expect(new Set(peopleMailed('refused')).size).toBe(9);
    expect(peopleMailed('refused')).toHaveLength(9);
  });

  test('does not answer for a mail: it is sent again under the same Message-ID, three times at most', async () => {
    const [kept, lost, never] = [3, 9, 15].map((i) => `person-${i}@unsure.example.com`) as [
      string,
      string,
      string,
    ];
    mailServer.faultsFor.set(kept, { breakOff: 'kept' });
    mailServer.faultsFor.set(lost, { breakOff: 'thrown away' });
    mailServer.faultsFor.set(never, { breakOff: 'kept' });
    const handle = await start('unsure', 20, 600);
    const withoutAnswer = (address: string) =>
      mailServer.unanswered.filter((mail) => mail.to === address);
    const answered = (address: string) => mailServer.mails.filter((mail) => mail.to === address);
    await until(() => [kept, lost].every((address) => withoutAnswer(address).length > 0));
    mailServer.faultsFor.delete(kept);
    mailServer.faultsFor.delete(lost);

    const { invitations, folder } = await endOf(handle);
    const failures = { 'no answer after the mail': { count: 1, lines: [17] } };
    expect(invitations).toEqual({ due: 0, sent: 19, failed: 1, failures });
    const results = await table(folder, 'results.csv');
    for (const { email, invitation } of results) {
      expect(invitation).toBe(email === never ? 'failed' : 'sent');
    }
    expect(withoutAnswer(lost).filter((mail) => mail.kept)).toEqual([]);
    expect(answered(lost)).toHaveLength(1);
    for (const address of [kept, never]) {
      const arrived = [...withoutAnswer(address), ...answered(address)];
      expect(arrived).toHaveLength(address === kept ? 2 : 3);
      expect(messageIds(arrived).size).toBe(1);
      expect([...messageIds(arrived)]).not.toContain(undefined);
    }
    const others = peopleMailed('unsure').filter(
      (address) => ![kept, lost, never].includes(address),
    );
    expect(others).toHaveLength(17);
    expect(messageIds(to('unsure', mailServer.mails)).size).toBe(19);
  });

  test('refuses ten mails in a row for good: it pauses by itself, and resume goes on with the others', async () => {
    mailServer.faultsFor.set('hostile.example.com', { refuse: { at: 'RCPT TO', status: 554 } });
    const handle = await start('hostile', 30, 120);
    await untilNotice(
      handle,
      /^Paused by itself: the mail server has refused 10 invitations in a row for good\./,
    );
    expect((await progressOf(handle)).paused).toBe(true);
    await untilMailsRest(all.client, handle, /PAUSED/);
    const refused = to('hostile', mailServer.refusals).map((refusal) => refusal.to);
    expect(refused).toHaveLength(10);
    await sleep(2000);
    expect(to('hostile', mailServer.refusals)).toHaveLength(refused.length);

    mailServer.faultsFor.delete('hostile.example.com');
    await handle.signal('resume');
    const { invitations, folder } = await endOf(handle);
    const [failed, sent] = [refused.length, 30 - refused.length];
    expect(invitations).toMatchObject({ due: 0, sent, failed });
    const results = await table(folder, 'results.csv');
    for (const { email, invitation } of results) {
      expect(invitation).toBe(refused.includes(email!) ? 'failed' : 'sent');
    }
    expect(peopleMailed('hostile')).toHaveLength(sent);
    expect((await progressOf(handle)).invitations).toMatchObject({ sent, failed });
  });
});

test('no history and no log holds an address, a name or the text of the mail server', async () => {
  const names = ['later', 'later-all', 'refused', 'unsure', 'hostile'];
  for (const name of names) {
    const histories = await historiesOf(all.client, name);
    const ids = histories.map(({ workflowId }) => workflowId.replace(/\/.*\//, '/'));
    expect(ids).toEqual(expect.arrayContaining([name, `${name}/invitations`, `${name}/chunk-1`]));
    for (const { text } of histories) expect(text).not.toMatch(PRIVATE);
  }
  const log = await worker.log();
  expect(log).toContain('/invitations');
  expect(log).not.toMatch(PRIVATE);
});
