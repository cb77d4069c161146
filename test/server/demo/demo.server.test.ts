import { spawn } from 'node:child_process';
import {
  chmod,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { EXIT } from '../../../src/cli/exit.js';
import { inboxMessages, type InboxMessage } from '../../../dev/servers/inbox.js';
import { outputOf, type Ended } from '../../support/command.js';
import { listens } from '../../support/listens.js';
import { PageBrowser } from '../../support/page-browser.js';
import { until } from '../../support/until.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PARTS = [
  ...['bin', 'examples', 'dev', 'templates', 'src', 'workflows', 'activities', 'scripts'],
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  // After all that it is built from, and so newer.
  'dist',
];
const FILE = 'people.csv';
const ROWS = 200;
const PASSWORD = 'a long enough password 42';
const STAYS_UP = 'All of it stays up until Ctrl+C.';

/** A checkout for this test: the demo of the present one may be in use. */
let checkout: string;
/** Settings without the servers that the demo would use in place of its own. */
const env = {
  ...process.env,
  ...{ TEMPORAL_ADDRESS: '', KRATOS_ADMIN_URL: '', KRATOS_PUBLIC_URL: '', SMTP_URL: '' },
};

beforeAll(async () => {
  checkout = await mkdtemp(path.join(tmpdir(), 'demo-'));
  // Postgres does not run as root, and has to get in.
  await chmod(checkout, 0o711);
  for (const part of PARTS) {
    await cp(path.join(ROOT, part), path.join(checkout, part), { recursive: true });
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(checkout, 'node_modules'));
});

interface Demo {
  out: () => string;
  ended: Promise<Ended>;
  interrupt: () => void;
}

const demos: Demo[] = [];

afterAll(async () => {
  for (const demo of demos) demo.interrupt();
  for (const demo of demos) await demo.ended;
  await rm(checkout, { recursive: true, force: true });
});

function startDemo(): Demo {
  const program = path.join(checkout, 'bin', 'user-import.cjs');
  const child = spawn(process.execPath, [program, 'demo', FILE], { cwd: checkout, env });
  const demo = { ...outputOf(child), interrupt: () => child.kill('SIGINT') };
  demos.push(demo);
  return demo;
}

/** Waits for a condition; a demo that has ended by then will not bring it about, and its output says why. */
async function untilDemo(demo: Demo, condition: () => boolean | Promise<boolean>): Promise<void> {
  const ended = demo.ended.then(({ code, out }) => {
    throw new Error(`the demo ended with ${code}:\n${out}`);
  });
  await Promise.race([until(condition), ended]);
}

/** Runs what the demo says to type into another shell. */
function typed(command: string) {
  // npx remembers where it has been.
  const withCache = { ...env, npm_config_cache: path.join(checkout, '.npm') };
  return outputOf(spawn('sh', ['-c', command], { cwd: checkout, env: withCache })).ended;
}

/** The time of the build: another build would replace the program while it runs. */
async function builtAt(): Promise<number> {
  return (await stat(path.join(checkout, 'dist', 'workflow-bundle.js'))).mtimeMs;
}

async function ports(): Promise<Record<string, number>> {
  const text = await readFile(path.join(checkout, '.demo', 'ports.json'), 'utf8');
  return JSON.parse(text) as Record<string, number>;
}

async function nothingListens(): Promise<boolean> {
  const open = Object.values(await ports()).map((port) => listens(`127.0.0.1:${port}`));
  return !(await Promise.all(open)).includes(true);
}

async function mailsOnDisk(): Promise<number> {
  const names = await readdir(path.join(checkout, '.demo', 'mails')).catch(() => []);
  return names.filter((name) => name.endsWith('.eml')).length;
}

/** What a newcomer does first: opens a mail, follows its link, chooses a password, and signs in with it. */
async function choosesPassword(said: string, { to: [address], html }: InboxMessage): Promise<void> {
  const person = new PageBrowser();
  await person.open(/href="([^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&'));
  expect(person.html).toContain(address);
  await person.submit({ password: 'short' });
  expect(person.html).toMatch(/at least 8 characters/);
  await person.submit({ password: PASSWORD });
  expect(person.html).toContain('<h1>Password set</h1>');

  await person.openLink('Sign out, and sign in with the password');
  await person.submit({ identifier: address!, password: `not ${PASSWORD}` });
  expect(person.html).toMatch(/credentials are invalid/);
  await person.submit({ identifier: address!, password: PASSWORD });
  expect(person.html).toContain('<h1>You are signed in</h1>');
  expect(said).toContain(new URL(person.url).origin);

  await person.open('/recovery');
  expect(person.html).toContain('<h1>You are signed in</h1>');
}

/** Writes the first rows of the sample to a file of their own; the whole of it would take minutes. */
async function writePeople(): Promise<Record<string, string>[]> {
  const lines = (await readFile(path.join(checkout, 'examples', 'users.csv'), 'utf8')).split('\n');
  const text = [...lines.slice(0, ROWS + 1), ''].join('\n');
  await writeFile(path.join(checkout, FILE), text);
  return parse(text, { columns: true });
}

test('the demo imports a sample once, Ctrl+C amid its mails or not, and what it says next works', async () => {
  onTestFailed(() => console.log(demos.map(({ out }) => out()).join('\n--- the next demo ---\n')));
  const people = await writePeople();
  const interrupted = startDemo();
  await untilDemo(interrupted, async () => (await mailsOnDisk()) > 5);
  interrupted.interrupt();
  const { code, out } = await interrupted.ended;
  expect(code, out).toBe(EXIT.interrupted);
  expect(out).toContain('Nothing is left running');
  expect(await nothingListens()).toBe(true);

  const invited = people.filter(({ initial_password: password }) => !password);
  expect(await mailsOnDisk()).toBeLessThan(invited.length);

  const again = startDemo();
  await untilDemo(again, () => again.out().includes(STAYS_UP));
  const said = again.out();
  expect(said).toMatch(new RegExp(`^ +created +${ROWS}$`, 'm'));
  expect(said).toContain(`Invitations: ${invited.length} sent.`);

  const { inboxPage } = await ports();
  const mails = await inboxMessages(`http://127.0.0.1:${inboxPage}`);
  expect(mails.flatMap(({ to }) => to).sort()).toEqual(invited.map(({ email }) => email).sort());

  await choosesPassword(said, mails[0]!);

  const [, report] = /^ +(file:\S+report\.html)$/m.exec(said)!;
  expect(await readFile(fileURLToPath(report!), 'utf8')).toContain(`${ROWS}`);

  const [settings, takeBack] = [/^ +(\. .*)$/m, /^ +(npx user-import undo .*)$/m].map(
    (line) => line.exec(said)![1]!,
  );
  const built = await builtAt();
  const undone = await typed(`${settings} && ${takeBack} --yes --force`);
  expect(undone.code, undone.out).toBe(EXIT.done);
  expect(undone.out).toMatch(new RegExp(`deleted +${ROWS}`));
  expect(await builtAt()).toBe(built);

  again.interrupt();
  expect((await again.ended).code).toBe(EXIT.done);
  expect(await nothingListens()).toBe(true);
});
