import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import { runCommand } from '../../support/command.js';
import { imports, progressOf, untilNotice, type Imports } from '../../support/imports.js';
import { startMailServer, type MailServer } from '../../support/mail-server.js';
import { csvOf } from '../../support/people.js';
import { refusalOf, steer, untilMailsRest, WAYS } from '../../support/steering.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let mailServer: MailServer;

/** The addresses of one file that were sent a mail, oldest first. */
function mailedOf(name: string): string[] {
  return mailServer.mails.map(({ to }) => to).filter((to) => to.startsWith(`${name}-`));
}

async function start(
  name: string,
  people: number,
  invitations: Record<string, unknown>,
): Promise<WorkflowHandle> {
  await all.write(`${name}.csv`, csvOf(`${name}-`, people));
  return all.start(name, { file: `${name}.csv`, invitations });
}

const endOf = async (handle: WorkflowHandle): Promise<ReportSummary> =>
  (await handle.result()) as ReportSummary;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  await startWorker(world, { SMTP_URL: mailServer.url });
});
afterAll(() => world.close());

describe.each(WAYS)('by %s', (way) => {
  let handle: WorkflowHandle;
  let name: string;
  const sent = (): number => mailedOf(name).length;

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
    handle = await start(name, 40, { perMinute: 600 });
    await until(() => sent() >= 5);
    expect((await steer(handle, way, 'pause')).paused).toBe(true);
    await untilMailsRest(all.client, handle, /PAUSED/);
    const atRest = sent();
    await sleep(1000);
    expect(sent()).toBe(atRest);
    expect(atRest).toBeLessThan(40);
    expect((await steer(handle, way, 'resume')).paused).toBe(false);
    expect((await endOf(handle)).invitations).toMatchObject({ sent: 40 });
  });

  test('mails go faster and slower on command, and a rate that is none changes nothing', async () => {
    handle = await start(name, 80, { perMinute: 60 });
    await until(() => sent() >= 2);
    expect((await steer(handle, way, 'setEmailRate', 600)).invitations.perMinute).toBe(600);
    await until(() => sent() >= 25);
    // More mails than this rate allows in a minute have gone out already.
    await steer(handle, way, 'setEmailRate', 20);
    await untilMailsRest(all.client, handle, /Sending, 20 a minute at most/);
    expect(sent()).toBeLessThan(80);
    expect(await refusalOf(handle, way, 'setEmailRate', 0)).toContain('setEmailRate: got 0');
    expect((await progressOf(handle)).invitations.perMinute).toBe(20);
    await steer(handle, way, 'setEmailRate', 60_000);
    expect((await endOf(handle)).invitations).toMatchObject({ sent: 80 });
    expect(new Set(mailedOf(name)).size).toBe(80);
    expect(mailedOf(name)).toHaveLength(80);
  });
});

test('the commands of a shell do the same', async () => {
  const shell = (...args: string[]) => runCommand(world, world.runs, args);
  const handle = await start('shell', 30, { send: 'hold', perMinute: 60 });
  await untilNotice(handle, /^Invitations are held\./);
  expect((await shell('status', 'shell')).out).toContain(
    'Invitations are held.\n  send them:   user-import release-invitations shell\n',
  );
  const rate = await shell('email-rate', 'shell', '1200');
  expect(rate).toMatchObject({
    code: 0,
    out: expect.stringContaining('at most 1,200 a minute') as string,
  });
  expect(mailedOf('shell')).toEqual([]);
  expect((await shell('release-invitations', 'shell')).code).toBe(0);
  const watch = await shell('watch', 'shell');
  expect(watch).toMatchObject({
    code: 0,
    out: expect.stringContaining('Invitations: 30 sent.') as string,
  });
});
