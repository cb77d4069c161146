import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/until.js';
import { createWorld } from '../../support/world.js';
import type { World } from '../../support/world.js';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world.close());

async function send(method: string, url: string, body?: object): Promise<Response> {
  return fetch(url, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function createPerson(email: string, password?: string): Promise<string> {
  const response = await send('POST', `${world.kratos.adminUrl}/admin/identities`, {
    schema_id: 'demo',
    traits: { email, first_name: 'Ada', last_name: 'Byron' },
    ...(password === undefined ? {} : { credentials: { password: { config: { password } } } }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

test('the admin port sends a request for schemas to the public address, which answers', async () => {
  const response = await fetch(`${world.kratos.adminUrl}/schemas`);
  expect(response.redirected).toBe(true);
  const schemas = (await response.json()) as { id: string }[];
  expect(schemas.map(({ id }) => id)).toEqual(['demo']);
});

test('a person created with a password logs in with it, and not with another', async () => {
  await createPerson('login@example.com', 'correct horse 7');
  const login = async (password: string): Promise<number> => {
    const flow = await send('GET', `${world.kratos.publicUrl}/self-service/login/api`);
    const { ui } = (await flow.json()) as { ui: { action: string } };
    const body = { method: 'password', identifier: 'login@example.com', password };
    return (await send('POST', ui.action, body)).status;
  };
  expect(await login('correct horse 7')).toBe(200);
  expect(await login('wrong horse 7')).toBe(400);
});

test('recovery links and codes are enabled', async () => {
  const identity_id = await createPerson('recover@example.com');
  const admin = `${world.kratos.adminUrl}/admin/recovery`;
  expect((await send('POST', `${admin}/link`, { identity_id })).status).toBe(200);
  expect((await send('POST', `${admin}/code`, { identity_id })).status).toBe(201);
});

test('a recovery that a person asks for arrives in the inbox', async () => {
  const email = 'forgot@example.com';
  await createPerson(email);
  const flow = await send('GET', `${world.kratos.publicUrl}/self-service/recovery/api`);
  const { ui } = (await flow.json()) as { ui: { action: string } };
  await send('POST', ui.action, { method: 'code', email });
  await until(async () => (await world.mailsTo(email)).length > 0);
  expect(await world.mailsTo(email)).toHaveLength(1);
});

test('people are still there after Kratos was killed and started again', async () => {
  const id = await createPerson('stays@example.com');
  const { adminUrl, pid } = world.kratos;
  await world.kratos.kill();
  await expect(fetch(adminUrl)).rejects.toThrow();
  await world.restartKratos();
  expect(world.kratos.adminUrl).toBe(adminUrl);
  expect(world.kratos.pid).not.toBe(pid);
  expect((await fetch(`${adminUrl}/admin/identities/${id}`)).status).toBe(200);
});
