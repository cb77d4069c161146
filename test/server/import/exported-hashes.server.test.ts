/** Password hashes as other products export them, in one file: whoever knows the password signs in. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, mixed, PUBLISHED, type ExportedHash } from '../../support/exported-hashes.js';
import { historiesOf } from '../../support/histories.js';
import { canLogIn } from '../../support/identities.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { startWorker, type WorkerProcess } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** What the worker knows of a Firebase project, and no file has. */
const PROJECT: Record<string, string> = {
  signer_key: 'base64_signer_key',
  salt_separator: 'base64_salt_separator',
  rounds: 'rounds',
  mem_cost: 'mem_cost',
};

/** In the columns of their formats; those of a mixed table in one column without a format. */
const people = [...PUBLISHED, ...made(), ...mixed()].map((exported, i) => ({
  ...exported,
  email: `person-${i}@example.com`,
  cells: new Map(cellsOf(exported)),
}));
const TARGETS = [...new Set(people.flatMap(({ cells }) => [...cells.keys()]))];

function cellsOf({ format, parts }: ExportedHash): [target: string, text: string][] {
  return Object.entries(parts).flatMap(([part, text]): [string, string][] => {
    if (format === 'firebase' && Object.hasOwn(PROJECT, part)) return [];
    const steps = ['password_hash', format, part === 'hash' ? undefined : part];
    return [[steps.filter(Boolean).join('.'), text]];
  });
}

let world: World;
let all: Imports;
let worker: WorkerProcess;
let outcomes: Map<string, Record<string, string>>;
let rejects: Map<string, Record<string, string>>;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  const { parts } = PUBLISHED.find(({ name }) => name === 'firebase')!;
  const parameters = path.join(world.runs, '..', 'firebase.txt');
  const lines = Object.entries(PROJECT).map(([part, name]) => `  ${name}: ${parts[part]},`);
  await writeFile(parameters, `hash_config {\n${lines.join('\n')}\n}\n`);
  worker = await startWorker(world, { FIREBASE_HASH_PARAMETERS_FILE: parameters });

  const cell = (text = ''): string => `"${text.replaceAll('"', '""')}"`;
  const names = TARGETS.map((_, i) => `column_${i}`);
  const rows = people.map(({ email, cells }) => [email, ...TARGETS.map((to) => cells.get(to))]);
  const text = [['email', ...names], ...rows].map((cells) => `${cells.map(cell).join(',')}\n`);
  await all.write('users.csv', text.join(''));
  const columns = Object.fromEntries(names.map((name, i) => [name, TARGETS[i]]));
  const input = { file: 'users.csv', onInvalid: 'import-valid', columns };
  const { folder } = await all.run('import-hashes', input);
  outcomes = byEmail(await table(folder, 'results.csv'));
  rejects = byEmail(await table(folder, 'rejects.csv'));
}, 120_000);

afterAll(() => world.close());

function byEmail(rows: Record<string, string>[]): Map<string, Record<string, string>> {
  return new Map(rows.map((row) => [row['email']!, row]));
}

test('whoever has a password that Kratos can check signs in with it, and with no other', async () => {
  const waiting = people.filter(({ isTaken }) => isTaken);
  const wrong: string[] = [];
  const visit = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { name, email, password } = next;
      if (password === undefined) continue;
      // The other one first: at a login that succeeds, Kratos replaces the hash.
      const isOpen = await canLogIn(world.kratos.publicUrl, email, `${password}!`);
      const isRight = await canLogIn(world.kratos.publicUrl, email, password);
      if (isOpen || !isRight)
        wrong.push(`${name}: ${isOpen ? 'any password' : 'not the right one'}`);
    }
  };
  await Promise.all([visit(), visit(), visit()]);
  expect(wrong).toEqual([]);
}, 120_000);

test('a hash that Kratos cannot check is refused with its reason, and no password is none', () => {
  for (const { name, email, isTaken } of people) {
    if (isTaken) {
      expect(outcomes.get(email), name).toMatchObject({ outcome: 'created', invitation: 'none' });
    } else if (name === 'django unusable') {
      expect(outcomes.get(email), name).toMatchObject({ outcome: 'created', invitation: 'due' });
    } else {
      expect(rejects.get(email), name).toMatchObject({
        import_codes: 'unsupported_password_hash',
        import_reason: expect.stringMatching(/which Kratos cannot check/) as string,
      });
    }
  }
});

test('no hash, salt or parameter is in a history or in the log', async () => {
  const histories = await historiesOf(all.client, 'import-hashes');
  const texts = [await worker.log(), ...histories.map(({ text }) => text)];
  const secrets = people.flatMap(({ parts }) => Object.values(parts));
  for (const secret of secrets.filter(({ length }) => length > 15)) {
    for (const text of texts) expect(text).not.toContain(secret);
  }
});
