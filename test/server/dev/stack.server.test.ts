import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startStack } from '../../../dev/servers/stack.js';
import type { Stack, StackOptions } from '../../../dev/servers/stack.js';
import { listens } from '../../support/listens.js';

let dir: string;
let stack: Stack | undefined;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'stack-'));
  await chmod(dir, 0o711);
});
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

const start = (settings: StackOptions['settings'] = {}): Promise<Stack> =>
  startStack({ dir, settings, ui: true, log: () => undefined, bcryptCost: 4, app: 'Example' });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const addresses = (of: Stack): string[] => [
  of.temporalAddress,
  of.temporalUiUrl ?? '',
  of.kratosAdminUrl,
  of.kratosPublicUrl ?? '',
  of.pagesUrl ?? '',
  of.smtpUrl,
  of.inbox?.pageUrl ?? '',
];

test('all servers answer, stop completely, and come back at the same addresses with their data', async () => {
  stack = await start();
  const first = stack;
  expect(Object.keys(first.pids).sort()).toEqual(['kratos', 'postgres', 'temporal']);
  for (const address of addresses(first)) expect(await listens(address), address).toBe(true);
  expect((await fetch(first.temporalUiUrl as string)).status).toBe(200);
  const asBrowser = { headers: { accept: 'text/html' } };
  expect((await fetch(first.inbox?.pageUrl as string, asBrowser)).status).toBe(200);
  const created = await fetch(`${first.kratosAdminUrl}/admin/identities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema_id: 'demo', traits: { email: 'a@example.com' } }),
  });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: string };

  await first.stop();
  for (const pid of Object.values(first.pids)) expect(isAlive(pid)).toBe(false);
  for (const address of addresses(first)) expect(await listens(address), address).toBe(false);

  stack = await start();
  expect(addresses(stack)).toEqual(addresses(first));
  expect((await fetch(`${stack.kratosAdminUrl}/admin/identities/${id}`)).status).toBe(200);
  await stack.stop();
});

test('a server that the settings name is used and not started', async () => {
  const { temporalAddress, smtpUrl } = inject('servers');
  stack = await start({
    TEMPORAL_ADDRESS: temporalAddress,
    SMTP_URL: smtpUrl,
    KRATOS_ADMIN_URL: 'http://localhost:4434',
  });
  expect(stack).toMatchObject({ temporalAddress, smtpUrl, inbox: undefined, pids: {} });
  expect(stack.kratosPublicUrl).toBeUndefined();
  await stack.stop();
});

test('a start that fails half-way says what failed and leaves nothing running', async () => {
  const broken = path.join(dir, 'broken');
  await mkdir(broken);
  await writeFile(path.join(broken, 'kratos'), 'a file in place of the folder');
  const failing = startStack({
    dir: broken,
    settings: { SMTP_URL: inject('servers').smtpUrl },
    ui: false,
    bcryptCost: 4,
    app: 'Example',
    log: () => undefined,
  });
  await expect(failing).rejects.toThrow(/EEXIST.*kratos/);
  // Postgres removes this file as the last thing it does.
  expect(existsSync(path.join(broken, 'postgres', 'data', 'PG_VERSION'))).toBe(true);
  expect(existsSync(path.join(broken, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
});
