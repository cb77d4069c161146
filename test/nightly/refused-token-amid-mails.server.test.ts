import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../activities/index.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const TOKEN = 'token-that-works';

let world: World;
let all: Imports;
let mailServer: MailServer;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  mailServer = await startMailServer();
  world.onClose(() => mailServer.stop());
  proxy = await startFaultProxy(world);
  await startWorker(world, {
    SMTP_URL: mailServer.url,
    KRATOS_ADMIN_URL: proxy.url,
    KRATOS_ADMIN_TOKEN: TOKEN,
    KRATOS_PUBLIC_URL: world.kratos.publicUrl,
  });
});
afterAll(() => world.close());

test('a token that is refused while mails go out pauses them, with a notice, until it is taken again', async () => {
  const addresses = Array.from({ length: 40 }, (_, i) => `person-${i}@example.com`);
  await all.write('people.csv', `email\n${addresses.join('\n')}\n`);
  const handle = await all.start('token', { file: 'people.csv', invitations: { perMinute: 300 } });
  await until(() => mailServer.mails.length >= 5);
  proxy.faults.token = { value: 'another', status: 401 };
  await untilNotice(
    handle,
    /^Kratos answered 401: .* Invitations wait, and go on by themselves\.$/,
  );
  await until(async () => (await progressOf(handle)).paused);
  expect(mailServer.mails.length).toBeLessThan(40);
  proxy.faults.token = { value: TOKEN, status: 401 };
  await untilNotice(handle, /^Invitations go out again\.$/);
  await until(async () => !(await progressOf(handle)).paused);
  expect(((await handle.result()) as ReportSummary).invitations).toMatchObject({
    sent: 40,
    due: 0,
  });
  expect(mailServer.mails.map(({ to }) => to).toSorted()).toEqual(addresses.toSorted());
});
