import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID } from '../../../dev/servers/demo-schema.js';
import { runCommand, type Ended } from '../../support/command.js';
import { freePort } from '../../../dev/servers/ports.js';
import { createIdentity } from '../../support/identities.js';
import { imports, table } from '../../support/imports.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let desk: string;
let runId: string;
let ids: string[];

/** Leaves only the settings of Kratos. */
const NO_OTHERS = Object.fromEntries(
  ['IMPORT_ROOT', 'IMPORT_RUNS', 'SMTP_URL', 'MAIL_FROM', 'APP_NAME', 'TEMPORAL_ADDRESS'].map(
    (name) => [name, ''],
  ),
);

const origin = (user: string, settings: Record<string, string> = {}): Promise<Ended> =>
  runCommand(world, desk, ['origin', user], {
    ...NO_OTHERS,
    TENANTS_FILE: '/nowhere',
    ...settings,
  });

beforeAll(async () => {
  world = await createWorld();
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
  const all = await imports(world);
  await all.write(
    'people.csv',
    'email,initial_password\nann@example.com,long enough\nben@example.com,\n',
  );
  const { folder } = await all.run('people', {
    file: 'people.csv',
    invitations: { send: 'never' },
  });
  runId = path.basename(folder);
  ids = (await table(folder, 'results.csv')).map(({ identity_id }) => identity_id!);
});

afterAll(async () => {
  await rm(desk, { recursive: true, force: true });
  await world.close();
});

describe('origin', () => {
  test.each([
    ['by address', () => 'ann@example.com'],
    ['by address, however it is cased and padded', () => ' ANN@example.com '],
    ['by id', () => ids[0]!],
  ])('says who imported a user, from where and when, %s', async (_how, user) => {
    const { code, out } = await origin(user());
    const time = String.raw`\d{4}-\d{2}-\d{2}T[\d:.]+Z`;
    expect(out).toMatch(
      new RegExp(
        [
          `identity: {4}${ids[0]}`,
          'imported by: alice',
          `at: {10}${time}`,
          'file: {8}people.csv',
          'line: {8}2',
          'workflow: {4}people',
          `run: {9}${runId}`,
          'invitation: {2}none\n$',
        ].join('\n'),
      ),
    );
    expect(code).toBe(0);
  });

  test('says since when an invitation is due', async () => {
    const { code, out } = await origin('ben@example.com');
    expect(out).toMatch(/line: {8}3\n[^]*invitation: {2}due since \d{4}-\d{2}-\d{2}T/);
    expect(code).toBe(0);
  });

  test('says when an invitation was sent', async () => {
    const value = { actor: 'bob', invitation: { dueSince: 'x', sentAt: '2026-11-02T10:00:00Z' } };
    const id = await createIdentity(world.kratos.adminUrl, DEMO_SCHEMA_ID, {
      email: 'cid@example.com',
    });
    await fetch(`${world.kratos.adminUrl}/admin/identities/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ op: 'add', path: '/metadata_admin', value: { csv_import: value } }]),
    });
    const { code, out } = await origin('cid@example.com');
    expect(out).toContain('imported by: bob\n');
    expect(out).toContain('file:        not known\n');
    expect(out).toContain('invitation:  sent at 2026-11-02T10:00:00Z\n');
    expect(code).toBe(0);
  });

  test('says when no user signs in with the address, or no identity has the id', async () => {
    expect(await origin('nobody@example.com')).toMatchObject({
      code: 1,
      out: expect.stringContaining('No user signs in to Kratos with this address.') as string,
    });
    expect(await origin('00000000-0000-4000-8000-000000000000')).toEqual({
      code: 1,
      out: 'Kratos has no identity with this id.\n',
    });
  });

  test('says when a user exists who was created by no import', async () => {
    const id = await createIdentity(world.kratos.adminUrl, DEMO_SCHEMA_ID, {
      email: 'dan@example.com',
    });
    expect(await origin('dan@example.com')).toEqual({
      code: 1,
      out: `Identity ${id} is in Kratos, and was created by no import.\n`,
    });
  });

  test('is wrong use without a user, and without the address of Kratos', async () => {
    expect((await origin(' ')).code).toBe(2);
    const { code, out } = await origin('ann@example.com', { KRATOS_ADMIN_URL: '' });
    expect(out).toContain('KRATOS_ADMIN_URL is missing');
    expect(code).toBe(2);
  });

  test('ends with 3 when Kratos cannot be reached, and names the setting, not the login in it', async () => {
    const url = `http://admin:Zq9SECRET@127.0.0.1:${await freePort()}`;
    const { code, out } = await origin('ann@example.com', { KRATOS_ADMIN_URL: url });
    expect(out).toMatch(/Is KRATOS_ADMIN_URL \(http:\/\/127\.0\.0\.1:\d+\) right\?/);
    expect(out).not.toContain('Zq9SECRET');
    expect(code).toBe(3);
  });
});
