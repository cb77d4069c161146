/** What leaving means at the real Kratos: the state, when that was changed, and the sessions. */
import bcrypt from 'bcrypt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FoundIdentity } from '../../src/identity/identity.js';
import { ABSENT_IDENTITY, type Kratos } from '../../src/kratos/kratos.js';
import { createKratos } from '../../src/kratos/ory-kratos.js';
import { createSignIns } from '../../src/kratos/ory-sign-in.js';
import { createWorld, type World } from '../support/world.js';

const PASSWORD = 'correct horse 7';

let world: World;
let kratos: Kratos;
beforeAll(async () => {
  world = await createWorld();
  kratos = createKratos({ adminUrl: world.kratos.adminUrl });
});
afterAll(() => world.close());

async function createPerson(email: string): Promise<string> {
  const hashedPassword = await bcrypt.hash(PASSWORD, 4);
  const person = { schemaId: 'demo', traits: { email, first_name: 'Ann', last_name: 'Lee' } };
  const [answer] = await kratos.createBatch([
    { ...person, hashedPassword, metadataAdmin: {}, state: 'active', verifiedEmails: [] },
  ]);
  if (answer?.kind !== 'created') throw new Error('not created');
  return answer.id;
}

async function signIn(email: string): Promise<string> {
  const { adminUrl, publicUrl } = world.kratos;
  const { token } = await createSignIns({ adminUrl, publicUrl }).signIn(email, PASSWORD);
  if (token === undefined) throw new Error('not signed in');
  return token;
}

async function isSignedIn(token: string): Promise<boolean> {
  const headers = { 'X-Session-Token': token };
  return (await fetch(`${world.kratos.publicUrl}/sessions/whoami`, { headers })).ok;
}

function setState(id: string, value: string): Promise<void> {
  return kratos.update(id, [{ op: 'replace', path: '/state', value }]);
}

async function read(id: string): Promise<FoundIdentity> {
  return (await kratos.findByIds([id]))[0]!;
}

test('sessions that are ended are of no use once their user is let in again, and stay listed', async () => {
  const id = await createPerson('ann@example.com');
  const tokens = [];
  for (let i = 0; i < 3; i++) tokens.push(await signIn('ann@example.com'));
  expect(await Promise.all(tokens.map(isSignedIn))).toEqual([true, true, true]);

  await setState(id, 'inactive');
  expect(await Promise.all(tokens.map(isSignedIn))).toEqual([false, false, false]);
  await setState(id, 'active');
  // Being inactive alone ends none of them.
  expect(await Promise.all(tokens.map(isSignedIn))).toEqual([true, true, true]);

  await kratos.revokeSessions(id);
  expect(await Promise.all(tokens.map(isSignedIn))).toEqual([false, false, false]);
  // An undo tells by them who has logged in.
  expect(await kratos.hasSessions(id)).toBe(true);
  expect(await isSignedIn(await signIn('ann@example.com'))).toBe(true);
  await kratos.revokeSessions(id);
  await kratos.revokeSessions(id);
});

test('of a user who is not there no sessions are ended', async () => {
  await expect(kratos.revokeSessions(ABSENT_IDENTITY)).resolves.toBeUndefined();
});

test('the time of the last change of the state is that of a change, not of any other patch', async () => {
  const id = await createPerson('ben@example.com');
  const { stateChangedAt: first } = await read(id);
  const before = Date.now();
  await setState(id, 'inactive');
  const { stateChangedAt: blocked } = await read(id);
  expect(Date.parse(blocked!)).toBeGreaterThan(Date.parse(first!));
  expect(Math.abs(Date.parse(blocked!) - before)).toBeLessThan(60_000);
  await kratos.update(id, [{ op: 'add', path: '/metadata_admin/note', value: 'x' }]);
  await setState(id, 'inactive');
  const found = await kratos.findByIdentifier('ben@example.com');
  expect(found).toEqual(await read(id));
  expect(found?.stateChangedAt).toBe(blocked);
});
