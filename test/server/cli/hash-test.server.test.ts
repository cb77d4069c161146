import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, type During } from '../../support/command.js';
import { allIdentities } from '../../support/identities.js';
import { typeAnswer } from '../../support/terminal.js';
import { until } from '../../support/until.js';
import { createWorld, type World } from '../../support/world.js';

const PASSWORD = 'Zq correct horse 7';
const SALT = 'Zqsalt';
const HASH = createHash('md5').update(`${PASSWORD}${SALT}`).digest('hex');

let world: World;
let folder: string;

beforeAll(async () => {
  world = await createWorld();
  folder = await mkdtemp(path.join(world.runs, 'hash-test-'));
});

afterAll(() => world.close());

/** What is known of a user is in a file, and the command has its name. */
async function run(known: object, during?: During) {
  await writeFile(path.join(folder, 'known.json'), JSON.stringify(known));
  return runCommand(world, folder, ['hash-test', '--file', 'known.json'], {}, during);
}

async function identities(): Promise<number> {
  return (await allIdentities(world.kratos.adminUrl)).length;
}

test('finds the format and the order of the salt, shows how to import it, and leaves nobody behind', async () => {
  const { code, out } = await run({ password: PASSWORD, hash: HASH, salt: SALT });
  expect(out).toContain('The password signs in with this hash. Import it with:');
  expect(out).toContain('"<column of the salt>":"password_hash.md5.salt"');
  expect(out).toContain('"password_hash.md5.order":"after"');
  expect(out).not.toContain(PASSWORD);
  expect(code).toBe(0);
  expect(await identities()).toBe(0);
});

test('says that a password is not that of the hash, and why a hash can be read in no way', async () => {
  const wrong = await run({ password: 'Zq another', hash: HASH.toUpperCase() });
  expect(wrong.out).toContain('The password does not sign in');
  expect(wrong.code).toBe(1);
  const phpass = await run({ password: PASSWORD, hash: '$P$BDUCKDUCKDUCKDUCKDUCKDUCKDUCK1' });
  expect(phpass.out).toContain('The hash is phpass');
  expect(phpass.code).toBe(1);
  expect((await run({ hash: HASH })).code).toBe(2);
  expect(await identities()).toBe(0);
});

test('removes the invented user when it is interrupted', async () => {
  const known = { password: 'Zq another', hash: HASH, salt: SALT };
  const { code, out } = await run(known, async (sofar, interrupt) => {
    await until(() => Promise.resolve(sofar().includes('Trying')));
    await until(async () => (await identities()) > 0);
    interrupt();
  });
  expect(out).not.toContain('does not sign in');
  expect(code).toBe(130);
  expect(await identities()).toBe(0);
});

test('asks at a terminal, and shows nothing of what is typed', async () => {
  const { out } = await typeAnswer(world, folder, ['hash-test'], {
    question: 'Password of a user',
    answers: [`${PASSWORD}\n${HASH}\n${SALT}`],
  });
  expect(out).toContain('The password signs in with this hash');
  expect(out).not.toContain(PASSWORD);
  expect(out).not.toContain(SALT);
});
