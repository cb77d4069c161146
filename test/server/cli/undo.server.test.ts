/** Undoing an import from a shell. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, type Ended } from '../../support/command.js';
import { allIdentities, canLogIn } from '../../support/identities.js';
import { imports, type Imports } from '../../support/imports.js';
import { typeAnswer } from '../../support/terminal.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let folder: string;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  folder = await mkdtemp(path.join(world.runs, '..', 'person-'));
  await startWorker(world);
  const rows = [0, 1, 2].map((n) => `shell${n}@example.com,Secret-of-shell${n}`);
  await all.write('shell.csv', ['email,initial_password', ...rows, ''].join('\n'));
  await all.run('shell', { file: 'shell.csv' });
  await canLogIn(world.kratos.publicUrl, 'shell1@example.com', 'Secret-of-shell1');
});

afterAll(() => world.close());

const command = (...args: string[]): Promise<Ended> => runCommand(world, folder, args);
const left = async () =>
  (await allIdentities(world.kratos.adminUrl)).map(({ traits }) => traits['email']).sort();

test('shows the plan and how to approve it, and does nothing more where no question can be asked', async () => {
  const { code, out } = await command('undo', 'shell', '--actor', 'bob');
  expect(code).toBe(0);
  expect(out).toContain('plan: to delete: 2 users, to restore: 0, to keep: 1');
  expect(out).toContain('to keep, logged_in: 1 row (line 3)');
  expect(out).toContain('user-import approve undo-shell');
  expect(await left()).toHaveLength(3);

  const status = await command('status', 'undo-shell');
  expect(status.out).toContain('WAITING FOR APPROVAL');
  const rate = await command('email-rate', 'undo-shell', '5');
  expect([rate.code, rate.out]).toEqual([2, expect.stringContaining('is an undo: it takes')]);
  const forced = await command('undo', 'shell', '--force', '--yes');
  expect([forced.code, forced.out]).toEqual([2, expect.stringContaining('does not force')]);
  expect(await left()).toHaveLength(3);
});

test('is approved by another command, and watched to its end, which says how many users were kept', async () => {
  const approved = await command('approve', 'undo-shell');
  expect([approved.code, approved.out]).toEqual([0, expect.stringContaining('undo-shell: ')]);
  const { code, out } = await command('watch', 'undo-shell');
  expect(code).toBe(1);
  expect(out).toContain('is done: deleted 2, restored 0, kept 1');
  expect(await left()).toEqual(['shell1@example.com']);
});

test('cancels an undo that waits, which says that nothing is lost', async () => {
  await command('undo', 'shell');
  const cancelled = await command('cancel', 'undo-shell');
  expect(cancelled.out).toContain('nobody was deleted or restored.');
  const { code, out } = await command('watch', 'undo-shell');
  expect([code, out]).toEqual([1, expect.stringContaining('The undo was cancelled')]);
});

const asking = (id: string) => `Type ${id} to carry it out, or no to leave it: `;

test('asks on a terminal for the id to be typed, three times, and then leaves the undo waiting, whose plan is there as JSON', async () => {
  const mistyped = await typeAnswer(world, folder, ['undo', 'shell'], {
    question: asking('shell'),
    answers: ['yes', '', 'shel'],
  });
  expect(mistyped.out.match(/That is not shell\. Nothing is changed\./g)).toHaveLength(3);
  expect(mistyped.out).toContain('Nothing is changed: the undo waits for its approval.');
  expect(mistyped.out).toMatch(/leave it: +user-import cancel undo-shell/);
  expect(mistyped.code).toBe(1);
  const plan = await command('undo', 'shell', '--json');
  expect(plan.code).toBe(0);
  expect(JSON.parse(plan.out)).toMatchObject({
    workflowId: 'undo-shell',
    progress: { phase: 'awaiting-approval', plan: { kept: 1 }, runs: [{ rows: 3 }], left: [] },
  });
  const { code, out } = await typeAnswer(world, folder, ['undo', 'shell'], {
    question: asking('shell'),
    answers: ['no'],
  });
  expect([code, out]).toEqual([1, expect.stringContaining('the undo is cancelled')]);
  expect(await left()).toEqual(['shell1@example.com']);
});

test('carries it out on a terminal when the id is typed, at the second try, too; while it plans, nothing reads as done', async () => {
  await all.write('typed.csv', 'email\ntyped@example.com\n');
  await all.run('typed', { file: 'typed.csv' });
  expect(await left()).toEqual(['shell1@example.com', 'typed@example.com']);
  const { code, out } = await typeAnswer(world, folder, ['undo', 'typed'], {
    question: asking('typed'),
    answers: ['typd', 'typed'],
  });
  expect([code, out]).toEqual([0, expect.stringContaining('deleted 1, restored 0, kept 0')]);
  const [planning] = out.split(asking('typed'));
  expect(planning).toContain('plan: to delete: 1 user, to restore: 0, to keep: 0');
  expect(planning).not.toMatch(/(?<!nobody has been )deleted(?! or)/);
  expect(await left()).toEqual(['shell1@example.com']);
});

test('needs the id and --yes where nobody is shown a plan', async () => {
  for (const args of [['--yes'], ['shell', '--quiet']]) {
    expect((await command('undo', ...args)).code).toBe(2);
  }
});

test('carries it out at once with --yes', async () => {
  const { code, out } = await command('undo', 'shell', '--force', '--yes');
  expect([code, out]).toEqual([0, expect.stringContaining('deleted 1, restored 0, kept 0')]);
  expect(await left()).toEqual([]);
});

test('fails for what it cannot undo, and takes no import for an undo', async () => {
  const { code, out } = await command('undo', 'unknown');
  expect([code, out]).toEqual([1, expect.stringContaining('There is no run of this workflow id')]);
  await all.write('undo.csv', 'email\nwaiting@example.com\n');
  const handle = await all.start('undo-x', { file: 'undo.csv', approval: 'required' });
  const { out: taken } = await command('undo', 'x');
  expect(taken).toContain('Started undo-x-2');
  expect(taken).toContain('There is no run of this workflow id');
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});
