/** Exports of every product, up to the sign-in of each person; and one of 200,000 users, in little memory. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceName } from '../../src/convert/sources.js';
import { runCommand } from '../support/command.js';
import { importExport } from '../support/converted-people.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const USERS = 200_000;
/** Megabytes of objects, the program's own among them. All users and hashes would need several times as many. */
const HEAP = 80;

let world: World;
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
});

afterAll(async () => {
  await rm(desk, { recursive: true });
  await world.close();
});

test.each<SourceName>(['keycloak', 'firebase', 'supabase'])(
  'who comes from %s signs in with the old password',
  async (from) => {
    await importExport(world, desk, from);
    // The invented people are the same for every product.
    await removeIdentities();
  },
);

test('lists of 200,000 users and hashes are joined without being in memory', async () => {
  const id = (i: number) => i.toString(16).padStart(24, '0');
  const users = path.join(desk, 'users.json');
  const hashes = path.join(desk, 'hashes.json');
  await writeList(users, (i) => ({
    user_id: `auth0|${id(i)}`,
    email: `person-${i}@example.com`,
    email_verified: true,
    name: `Person Number ${i}`,
    user_metadata: { plan: 'free' },
  }));
  // In another order: the first user's hash is the last.
  await writeList(hashes, (i) => ({
    _id: { $oid: id(USERS - 1 - i) },
    passwordHash: `$2b$10$${id(USERS - 1 - i)}${'a'.repeat(29)}`,
  }));
  const { code, out } = await runCommand(
    world,
    desk,
    ['convert', '--from', 'auth0', '-o', 'users.csv', '--json', users, hashes],
    { NODE_OPTIONS: `--max-old-space-size=${HEAP}` },
  );
  expect(code, out).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    users: { read: USERS, written: USERS },
    passwords: { kept: USERS, lost: {} },
  });
  expect((await stat(path.join(desk, 'users.csv'))).size).toBeGreaterThan(USERS * 100);
}, 600_000);

async function removeIdentities(): Promise<void> {
  const url = `${world.kratos.adminUrl}/admin/identities`;
  const identities = (await (await fetch(`${url}?page_size=250`)).json()) as { id: string }[];
  for (const { id } of identities) await fetch(`${url}/${id}`, { method: 'DELETE' });
}

async function writeList(file: string, toRecord: (i: number) => object): Promise<void> {
  const out = createWriteStream(file);
  out.write('[');
  for (let i = 0; i < USERS; i++) {
    const text = (i > 0 ? ',\n' : '') + JSON.stringify(toRecord(i));
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end(']');
  await once(out, 'close');
}
