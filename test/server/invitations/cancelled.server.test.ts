import path from 'node:path';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { originOf } from '../../../src/identity/origin.js';
import { allIdentities } from '../../support/identities.js';
import { imports, table, untilNotice, wasCancelled, type Imports } from '../../support/imports.js';
import { startMailServer, type MailServer } from '../../support/mail-server.js';
import { listOf, people } from '../../support/people.js';
import { reportIn } from '../../support/run-folders.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const PEOPLE = 30;

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

type Invitations = Record<string, unknown>;

const addressesOf = (name: string): string[] => people(`${name}.example.com`, PEOPLE);
const sorted = (addresses: string[]): string[] => addresses.toSorted();

/** Mails to the people of one file, in the order in which they came. */
const mailed = (name: string): string[] =>
  mailServer.mails.map(({ to }) => to).filter((to) => to.endsWith(`@${name}.example.com`));

async function start(
  name: string,
  invitations: Invitations,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  await all.write(`${name}.csv`, listOf(addressesOf(name)));
  const handle = await all.start(name, { file: `${name}.csv`, invitations });
  return handle as WorkflowHandleWithFirstExecutionRunId;
}

interface Left {
  report: Report;
  /** Addresses by what results.csv says of their invitation. */
  results: Record<string, string[]>;
}

async function leftBy(folder: string): Promise<Left> {
  const results: Left['results'] = {};
  for (const { email, invitation } of await table(folder, 'results.csv')) {
    (results[invitation!] ??= []).push(email!);
  }
  return { report: await reportIn(folder), results };
}

/** Cancels an import, and waits until it has ended. */
async function cancel(handle: WorkflowHandleWithFirstExecutionRunId): Promise<Left> {
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
  return leftBy(path.join(world.runs, handle.workflowId, handle.firstExecutionRunId));
}

/** When each person of a file was invited, as Kratos remembers it; undefined for a person who was not. */
async function sentAtOf(name: string): Promise<Map<string, string | undefined>> {
  const identities = await allIdentities(world.kratos.adminUrl);
  return new Map(
    identities.flatMap(({ traits, metadata_admin }) => {
      const email = traits['email'] as string;
      const sentAt = originOf(metadata_admin)?.invitation?.sentAt;
      return email.endsWith(`@${name}.example.com`) ? [[email, sentAt] as const] : [];
    }),
  );
}

async function expectAllRemembered(name: string): Promise<void> {
  const sentAt = await sentAtOf(name);
  expect(sorted([...sentAt.keys()])).toEqual(sorted(addressesOf(name)));
  for (const at of sentAt.values()) expect(at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
}

describe.concurrent('an import', () => {
  test.each(['skip', 'update'] as const)(
    'that is cancelled amid its mails records the users who got one, and the file again in mode %s sends the rest',
    async (mode) => {
      const handle = await start(mode, { perMinute: 120 });
      await until(() => mailed(mode).length >= 8);
      const first = await cancel(handle);
      const sentFirst = mailed(mode);
      const due = addressesOf(mode).filter((address) => !sentFirst.includes(address));
      expect(due.length).toBeGreaterThan(5);
      expect(first.report).toMatchObject({
        ending: 'cancelled',
        rows: { created: PEOPLE },
        invitations: { sent: sentFirst.length, due: due.length, failed: 0 },
      });
      expect(sorted(first.results['sent']!)).toEqual(sorted(sentFirst));
      expect(sorted(first.results['due']!)).toEqual(sorted(due));
      const sentAtFirst = await sentAtOf(mode);
      for (const address of due) expect(sentAtFirst.get(address)).toBeUndefined();

      const again = await all.run(`${mode}-again`, {
        file: `${mode}.csv`,
        mode,
        invitations: { perMinute: 6000 },
      });
      expect(again.rows).toMatchObject({
        created: 0,
        [mode === 'skip' ? 'skipped' : 'unchanged']: PEOPLE,
      });
      expect(again.invitations).toEqual({ due: 0, sent: due.length, failed: 0, failures: {} });
      const { results } = await leftBy(again.folder);
      expect(sorted(results['sent']!)).toEqual(sorted(due));
      expect(sorted(results['none']!)).toEqual(sorted(sentFirst));

      expect(sorted(mailed(mode))).toEqual(sorted(addressesOf(mode)));
      await expectAllRemembered(mode);
      const sentAt = await sentAtOf(mode);
      for (const address of sentFirst) expect(sentAt.get(address)).toBe(sentAtFirst.get(address));
    },
  );

  test('that never sends leaves all of them due, and another one sends them', async () => {
    const never = await start('never', { send: 'never' });
    const { invitations, folder } = (await never.result()) as Awaited<ReturnType<Imports['run']>>;
    expect(invitations).toEqual({ due: PEOPLE, sent: 0, failed: 0, failures: {} });
    expect(sorted((await leftBy(folder)).results['due']!)).toEqual(sorted(addressesOf('never')));
    expect(mailed('never')).toEqual([]);

    const again = await all.run('never-again', {
      file: 'never.csv',
      invitations: { perMinute: 6000 },
    });
    expect(again.rows).toMatchObject({ created: 0, skipped: PEOPLE });
    expect(again.invitations).toMatchObject({ due: 0, sent: PEOPLE });
    expect(sorted(mailed('never'))).toEqual(sorted(addressesOf('never')));
    await expectAllRemembered('never');
  });

  test('that is cancelled while its mails are held has sent none, and leaves all of them due', async () => {
    const handle = await start('held', { send: 'hold', perMinute: 6000 });
    await untilNotice(handle, /^Invitations are held\./);
    const { report, results } = await cancel(handle);
    expect(report).toMatchObject({
      ending: 'cancelled',
      rows: { created: PEOPLE },
      invitations: { due: PEOPLE, sent: 0, failed: 0 },
    });
    expect(sorted(results['due']!)).toEqual(sorted(addressesOf('held')));
    expect(mailed('held')).toEqual([]);

    await all.run('held-again', { file: 'held.csv', invitations: { perMinute: 6000 } });
    expect(sorted(mailed('held'))).toEqual(sorted(addressesOf('held')));
    await expectAllRemembered('held');
  });

  test('that is cancelled while a mail is on its way finishes that one', async () => {
    mailServer.faultsFor.set('on-its-way.example.com', { answerAfterMs: 3000 });
    const handle = await start('on-its-way', { perMinute: 60 });
    await until(() => mailServer.receiving.has('person-0@on-its-way.example.com'));
    const { report, results } = await cancel(handle);
    const sent = mailed('on-its-way');
    expect(sent).toContain('person-0@on-its-way.example.com');
    expect(sorted(results['sent']!)).toEqual(sorted(sent));
    expect(report.invitations).toMatchObject({ sent: sent.length, due: PEOPLE - sent.length });
    const sentAt = await sentAtOf('on-its-way');
    for (const [address, at] of sentAt) expect(at !== undefined).toBe(sent.includes(address));
  });
});
