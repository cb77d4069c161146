import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentOf, PROGRAM, startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
/** A folder that is not the import root, as an admin's own. */
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

interface Ended {
  code: number | null;
  out: string;
}

/** Runs a command as a person would; `during` may look at it while it runs. */
function command(
  args: string[],
  settings: Record<string, string> = {},
  during?: (out: () => string, interrupt: () => void) => Promise<void>,
): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: desk,
    env: { ...environmentOf(world), ...settings },
  });
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (out += String(chunk)));
  void during?.(
    () => out,
    () => child.kill('SIGINT'),
  );
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

async function file(name: string, rows: number, extra: string[] = []): Promise<string> {
  const lines = Array.from({ length: rows }, (_, i) => `${name}${i}@example.com`);
  await writeFile(path.join(desk, `${name}.csv`), ['email', ...lines, ...extra, ''].join('\n'));
  return `${name}.csv`;
}

const idIn = (out: string): string => /Started the import (\S+)\./.exec(out)?.[1] ?? '';

describe('start', () => {
  test('copies the file below the import root, shows the outcome and ends with 0', async () => {
    const { code, out } = await command(['start', await file('plain', 30), '--actor', 'alice']);
    expect(out).toMatch(/Copied to the import root as plain-[0-9a-f]{12}\.csv\./);
    expect(out).toMatch(/created +30/);
    expect(code).toBe(0);
    expect(await readdir(world.importRoot)).toContainEqual(expect.stringMatching(/^plain-/));
  });

  test('ends with 1 when rows are not valid, and tells where they are', async () => {
    const { code, out } = await command(['start', await file('bad', 1, ['nobody'])]);
    expect(out).toContain('ValidationFailed');
    expect(out).toContain('rejects.csv');
    expect(code).toBe(1);
  });

  test('a dry run is another run than the import of the same file', async () => {
    const { code, out } = await command(['start', await file('try', 3), '--dry-run']);
    expect(idIn(out)).toMatch(/-dry-run$/);
    expect(out).toContain('nobody was imported');
    expect(code).toBe(0);
  });

  test('shows what was ignored', async () => {
    await writeFile(path.join(desk, 'extra.csv'), 'email,shoe_size\nextra@example.com,43\n');
    const { out } = await command(['start', 'extra.csv']);
    expect(out).toContain('unknown_column: column "shoe_size" is ignored');
  });

  test('of a file that is being imported already says so and watches that import', async () => {
    const name = await file('twice', 2000);
    const slow = ['--chunk-size', '10', '--concurrency', '1'];
    const first = await command(['start', name, '--detach', ...slow]);
    expect(first.code).toBe(0);
    const second = await command(['start', name, ...slow], {}, async (out, interrupt) => {
      while (!out().includes('importing')) await sleep(100);
      interrupt();
    });
    expect(second.out).toContain(`being imported already, as ${idIn(first.out)}`);
    expect(second.out).toContain('The import goes on.');
    expect(second.code).toBe(130);

    const status = await command(['status', idIn(first.out)]);
    expect(status.out).toContain(': running\nimporting, ');
    const cancel = await command(['cancel', idIn(first.out)]);
    expect(cancel.code).toBe(0);
    const watch = await command(['watch', idIn(first.out)]);
    expect(watch.out).toContain('cancelled');
    expect(watch.out).toMatch(/IMPORT_RUNS\): import-twice-[0-9a-f]+\/[0-9a-f-]{36}/);
    expect(watch.code).toBe(1);
    const again = await command(['cancel', idIn(first.out)]);
    expect(again.out).toContain('has ended already (cancelled)');
    expect(again.code).toBe(2);
  });

  test.each([
    ['an option out of range', ['start', 'x.csv', '--chunk-size', '0'], 'chunkSize: got 0'],
    [
      'an option that is no number',
      ['start', 'x.csv', '--chunk-size', 'abc'],
      'chunkSize: got "abc"',
    ],
    ['a column without a target', ['start', 'x.csv', '--column', 'department'], 'header=target'],
    ['an option that is not one', ['start', 'x.csv', '--nope'], "unknown option '--nope'"],
    ['a file that is not there', ['start', 'absent.csv'], 'There is no file absent.csv'],
    ['no command', [], 'Usage: user-import'],
  ])('ends with 2 for %s', async (_what, args, message) => {
    const { code, out } = await command(args);
    expect(out).toContain(message);
    expect(code).toBe(2);
  });

  test('without an import root on this machine says where to put the file', async () => {
    const { code, out } = await command(['start', await file('remote', 1)], { IMPORT_ROOT: '' });
    expect(out).toContain('temporal workflow start --type importUsers');
    expect(code).toBe(2);
  });
});

test('what cannot be reached ends with 3', async () => {
  const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
  for (const args of [['status', 'x'], ['start', await file('lost', 1)], ['worker']]) {
    const { code, out } = await command(args, nowhere);
    expect(out).toContain('Temporal cannot be reached at 127.0.0.1:1');
    expect(code).toBe(3);
  }
  const check = await command(['check', await file('lost', 1)], {
    KRATOS_ADMIN_URL: 'http://127.0.0.1:1',
  });
  expect(check.out).toContain('Kratos does not answer');
  expect(check.code).toBe(3);
});

test('an import that does not exist ends with 2', async () => {
  for (const name of ['status', 'watch', 'cancel']) {
    const { code, out } = await command([name, 'no-such-import']);
    expect(out).toContain('There is no import "no-such-import"');
    expect(code).toBe(2);
  }
});

test('a worker without its settings names all of them', async () => {
  const { code, out } = await command(['worker'], { KRATOS_ADMIN_URL: '', IMPORT_RUNS: '' });
  expect(out).toMatch(/KRATOS_ADMIN_URL is missing[^]*IMPORT_RUNS is missing/);
  expect(code).toBe(2);
});

describe('check', () => {
  test('tells every fault by line and code, and changes nothing', async () => {
    const { code, out } = await command([
      'check',
      await file('check', 2, ['nobody', 'check0@example.com']),
    ]);
    expect(out).toContain('line 4: invalid_email: the address is not one');
    expect(out).toContain('line 5: duplicate_email: line 2 has the same address');
    expect(out).toContain('4 rows, 2 not valid');
    expect(code).toBe(1);
  });

  test('ends with 0 for a file that can be imported', async () => {
    const { code, out } = await command(['check', await file('fine', 2)]);
    expect(out).toContain('2 rows, 0 not valid');
    expect(code).toBe(0);
  });
});
