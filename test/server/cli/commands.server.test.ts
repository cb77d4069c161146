import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/contract/import/progress.js';
import { formatNumber } from '../../../src/format.js';
import { runCommand, type During, type Ended } from '../../support/command.js';
import { identitiesOf } from '../../support/identities.js';
import { imports, progressOf } from '../../support/imports.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const ROOT = path.join(import.meta.dirname, '../../..');

let world: World;
let client: Client;
/** A folder that is not the import root, as an admin's own. */
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  ({ client } = await imports(world));
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
});

afterAll(async () => {
  await rm(desk, { recursive: true });
  await world.close();
});

/** Imports send no mails, unless the arguments set a rate: most of these tests do not wait for mails. */
function command(
  args: string[],
  settings: Record<string, string> = {},
  during?: During,
): Promise<Ended> {
  const mails =
    args[0] === 'start' && !args.includes('--per-minute') ? ['--invitations=never'] : [];
  return runCommand(world, desk, [...args, ...mails], settings, during);
}

async function file(name: string, rows: number, extra: string[] = []): Promise<string> {
  const lines = Array.from({ length: rows }, (_, i) => `${name}${i}@example.com`);
  await writeFile(path.join(desk, `${name}.csv`), ['email', ...lines, ...extra, ''].join('\n'));
  return `${name}.csv`;
}

/** Polls the progress of an import until it is as wanted. */
async function until(
  handle: WorkflowHandle,
  isAsWanted: (progress: Progress) => boolean,
): Promise<Progress> {
  for (;;) {
    const progress = await progressOf(handle);
    if (isAsWanted(progress)) return progress;
    await sleep(50);
  }
}

const idIn = (out: string): string => /Started the import (\S+)\./.exec(out)?.[1] ?? '';

describe('start', () => {
  test('copies the file below the import root, shows the outcome and ends with 0', async () => {
    const options = ['--actor', 'alice', '--per-minute', '6000'];
    const { code, out } = await command(['start', await file('plain', 30), ...options]);
    expect(out).toMatch(/Copied to the import root as plain-[0-9a-f]{12}\.csv\./);
    expect(out).toMatch(/created +30/);
    expect(out).toContain('Invitations: 30 sent.');
    expect(code).toBe(0);
    expect(await readdir(world.importRoot)).toContainEqual(expect.stringMatching(/^plain-/));
  });

  test('ends with 1 when rows are not valid, and says where they are', async () => {
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

  test('a live dry run says what each row would do, and changes nothing', async () => {
    const name = await file('preview', 3);
    for (const [outcome, end] of [
      ['would create', ['--dry-run=live']],
      ['created', []],
      ['would skip', ['--dry-run', 'live']],
      ['unchanged', ['--dry-run=live', '--mode', 'update']],
    ] as const) {
      const { code, out } = await command(['start', name, ...end]);
      expect(out).toMatch(new RegExp(`^  ${outcome} +3$`, 'm'));
      expect(out.includes('nobody was imported or changed')).toBe(outcome !== 'created');
      expect(code).toBe(0);
    }
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
    expect(second.out).toContain('goes on without this command.');
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

  test('without an import root on this machine says where to put the file', async () => {
    const { code, out } = await command(['start', await file('remote', 1)], { IMPORT_ROOT: '' });
    expect(out).toContain('temporal workflow start --type importUsers');
    expect(code).toBe(2);
  });
});

describe('check and a mapping file', () => {
  /** With a role that is misspelled, one of another product, and a header of people. */
  const csv =
    'E-Mail,ROLE\nmap-ann@example.com,Admin\nmap-ben@example.com,boss\nmap-cleo@example.com,\n';

  test('end the search, and lead to one command for every file of the kind', async () => {
    await writeFile(path.join(desk, 'people.csv'), csv);
    const lost = await command(['check', 'people.csv']);
    expect(lost.out).toContain('The header has column "E-Mail", column "ROLE".');
    expect(lost.out).toContain('If "E-Mail" is it: --column E-Mail=traits.email.');
    expect(lost.code).toBe(1);

    const wrong = await command([
      'check',
      '--column',
      'E-Mail=email',
      'people.csv',
      '--rejects=r.csv',
    ]);
    expect(wrong.out).toContain('"Admin" 1 row, "boss" 1 row. Allowed: admin, user, support.');
    expect(wrong.out).toContain('  if these are meant: --value ROLE:Admin=admin');
    const rejects = await readFile(path.join(desk, 'r.csv'), 'utf8');
    expect(rejects).toContain('map-ann@example.com,Admin,2,invalid_role,"the role must be one of');
    expect(wrong.code).toBe(1);

    const mapping = {
      columns: { 'e-mail': 'email' },
      values: { role: { admin: 'admin', boss: 'admin', '': 'user' } },
      defaults: { 'metadata_public.source': 'hr' },
    };
    await writeFile(path.join(desk, 'hr.json'), JSON.stringify(mapping));
    const { out, code } = await command(['start', 'people.csv', '--mapping', 'hr.json']);
    expect(out).toMatch(/created +3/);
    expect(code).toBe(0);
    const found = await identitiesOf(world.kratos.adminUrl, 'map-');
    const stored = found.map(({ traits, metadata_public }) => [traits, metadata_public]);
    expect(stored).toHaveLength(3);
    for (const [name, role] of Object.entries({ ann: 'admin', ben: 'admin', cleo: 'user' })) {
      const traits = { email: `map-${name}@example.com`, role };
      expect(stored).toContainEqual([traits, { source: 'hr' }]);
    }
    const report = await command(['report', idIn(out), '--no-open']);
    expect(report.out).toMatch(/Columns by the mapping file hr\.json \(SHA-256 [0-9a-f]{64}\)/);
  });
});

test('a template is a file that check takes, and replaces none', async () => {
  const written = await command(['template', '--mapping', 'template.json']);
  expect(written.out).toMatch(/^email,first_name,.*,initial_password\nada@example\.com,/);
  expect(written.out).toContain('\nStart it with --mapping template.json\n');
  const csv = written.out.slice(0, written.out.indexOf('Start it'));
  await writeFile(path.join(desk, 'template.csv'), csv);
  const { out, code } = await command(['check', 'template.csv', '--mapping', 'template.json']);
  expect(out).toContain('1 rows, 0 not valid');
  expect(code).toBe(0);
  const again = await command(['template', '--mapping', 'template.json']);
  expect(again.out).toBe('--mapping: template.json is there already; name another file.\n');
  expect(again.code).toBe(2);
});

test('an import that does not exist ends with 2', async () => {
  const id = 'no-such-import';
  const lines = ['status', 'watch', 'cancel', 'pause'].map((name) => [name, id]);
  lines.push(['mode', id, 'skip']);
  for (const { code, out } of await Promise.all(lines.map((args) => command(args)))) {
    expect(out).toContain('There is no import "no-such-import"');
    expect(code).toBe(2);
  }
});

test('a worker without its settings names all of them', async () => {
  const { code, out } = await command(['worker'], { KRATOS_ADMIN_URL: '', IMPORT_RUNS: '' });
  expect(out).toMatch(/KRATOS_ADMIN_URL is missing[^]*IMPORT_RUNS is missing/);
  expect(code).toBe(2);
});

test('a worker whose hashes would be wrong does not start, and names the program at fault', async () => {
  const copy = path.join(desk, 'installed');
  for (const name of ['bin', 'dist', 'package.json', 'templates']) {
    await cp(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  const wasm = path.join(copy, 'dist/bcrypt.wasm');
  const program = path.join(copy, 'bin/user-import.cjs');
  // Where the program reads the numbers of pi: it runs, and makes other hashes.
  const wrong = await readFile(wasm);
  wrong[wrong.indexOf(Buffer.from([0x41, 0x80, 0x08, 0x0b])) + 2]! += 1;
  await writeFile(wasm, wrong);
  const start = () => runCommand(world, desk, ['worker'], {}, undefined, program);
  const other = await start();
  expect(other.out).toMatch(/^The program that hashes passwords, .* makes wrong hashes\. .*\n$/);
  await rm(wasm);
  const missing = await start();
  expect(missing.out).toMatch(/^The program .*bcrypt\.wasm, cannot be read \(ENOENT\)\. .*\n$/);
  expect([other.code, missing.code]).toEqual([1, 1]);
});

describe('a running import', () => {
  /** Starts one that takes a while, and waits until it has begun. */
  async function running(name: string, ...options: string[]) {
    const slow = ['--chunk-size', '5', '--concurrency', '1', '--detach'];
    const { out } = await command(['start', await file(name, 3000), ...slow, ...options]);
    const handle = client.workflow.getHandle(idIn(out));
    await until(handle, ({ rows }) => rows.done > 0);
    return { id: handle.workflowId, handle };
  }

  test('is paused and resumed, and every command says so', async () => {
    const { id, handle } = await running('steered');
    const paused = await command(['pause', id]);
    expect(paused.out).toMatch(new RegExp(`^${id}: PAUSED, importing\nchunks in flight: [01] `));
    expect(paused.out).toContain(`  go on:  user-import resume ${id}\n`);
    expect(paused.code).toBe(0);
    const { rows } = await until(handle, ({ chunks }) => chunks.inFlight === 0);

    const status = await command(['status', id]);
    expect(status.out).toContain(
      `: running\nPAUSED, importing, ${formatNumber(rows.done)} of 3,000 rows`,
    );
    const watch = await command(['watch', id], {}, async (out, interrupt) => {
      while (!out().includes(`\nPAUSED, importing`)) await sleep(50);
      interrupt();
    });
    expect(watch.out).toMatch(/^notice .*UTC: Paused: nothing new starts/m);
    expect(watch.out).toContain(`  go on:  user-import resume ${id}\n`);
    expect(watch.code).toBe(130);

    expect((await progressOf(handle)).rows.done).toBe(rows.done);
    const resumed = await command(['resume', id]);
    expect(resumed.out).toMatch(new RegExp(`^${id}: importing\n`));
    expect(resumed.code).toBe(0);
    await until(handle, (later) => later.rows.done > rows.done);
    await handle.cancel();
  });

  test('takes another mode and concurrency while it is paused, and refuses what is none', async () => {
    const { id, handle } = await running('changed');
    await handle.signal('pause');
    const mode = await command(['mode', id, 'update']);
    expect(mode.out).toContain('existing users: update, mails: at most');
    expect(mode.code).toBe(0);
    const concurrency = await command(['concurrency', id, '3']);
    expect(concurrency.out).toContain('(at most 3)');
    expect(concurrency.code).toBe(0);
    const { out } = await command(['status', id]);
    expect(out).toMatch(/in flight \(at most 3\); existing users: update/);

    const wrong: [string[], string][] = [
      [['mode', id, 'overwrite'], 'mode: got "overwrite"; allowed: "skip" or "update".\n'],
      [['concurrency', id, '0'], 'concurrency: got 0; allowed: a whole number of chunks from'],
      [['concurrency', id, 'all'], 'concurrency: got "all"; allowed: a whole number of chunks'],
      [['concurrency', id], "missing required argument 'n'"],
      [['approve', id], 'approve: nothing waits for approval.\n'],
      [['email-rate', id, '0'], 'email-rate: got 0; allowed: a whole number of mails'],
      [['release-invitations', id], 'release-invitations: no invitations are held.\n'],
    ];
    const refused = await Promise.all(wrong.map(([args]) => command(args)));
    for (const [i, { code, out }] of refused.entries()) {
      expect(out).toContain(wrong[i]![1]);
      expect(code).toBe(2);
    }
    expect(await progressOf(handle)).toMatchObject({ mode: 'update', concurrency: 3 });

    await handle.signal('setMode', 'overwrite');
    await handle.signal('setmode', 'skip');
    const { notices } = await until(handle, (later) =>
      later.notices.some(({ text }) => text.includes('unknown name')),
    );
    expect(notices.at(-2)!.text).toBe(
      'Nothing changed. setMode: got "overwrite"; allowed: "skip" or "update".',
    );

    expect((await command(['cancel', id])).code).toBe(0);
    await handle.result().catch(() => undefined);
    const late = await command(['pause', id]);
    expect(late.code).toBe(2);
    expect(late.out).toContain('has ended already (cancelled).');
  });

  test('waits for approval of its plan and of the first rows, and says so', async () => {
    const approvals = ['--approval', '--canary-rows', '5', '--detach'];
    const { out } = await command(['start', await file('approved', 20), ...approvals]);
    const [id, handle] = [idIn(out), client.workflow.getHandle(idIn(out))];
    await until(handle, ({ phase }) => phase === 'awaiting-approval');
    const status = await command(['status', id]);
    expect(status.out).toContain(': running\nWAITING FOR APPROVAL, 0 of 20 rows\n');
    expect(status.out).toContain(`  go on:    user-import approve ${id}\n`);

    const plan = await command(['approve', id]);
    expect(plan.out).toContain(`${id}: importing\n`);
    expect(plan.code).toBe(0);
    await until(handle, ({ phase, rows }) => phase === 'awaiting-approval' && rows.created === 5);
    expect((await command(['approve', id])).code).toBe(0);
    const watch = await command(['watch', id]);
    expect(watch.out).toMatch(/created +20/);
    expect(watch.code).toBe(0);
  });

  test('without a worker: the command says so, and that it may still reach the import', async () => {
    const handle = await client.workflow.start('importUsers', {
      taskQueue: 'nobody-works-on-this',
      workflowId: 'waiting',
      args: [{ file: 'x.csv', actor: 'alice' }],
    });
    const { code, out } = await command(['pause', 'waiting']);
    expect(out).toContain('No worker answered within 10 s');
    expect(out).toContain('No worker runs for the task queue "nobody-works-on-this"');
    expect(out).toContain('user-import status waiting');
    expect(code).toBe(3);
    await handle.terminate();
  });
});

describe('check', () => {
  test('names every fault by line and code, and changes nothing', async () => {
    const { code, out } = await command([
      'check',
      await file('check', 2, ['nobody', 'check0@example.com']),
    ]);
    expect(out).toContain('line 4: invalid_email: the address is not an email address');
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
