/** The worker where nothing may be written but its two folders, and nobody has its uid: as containers are run. */
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProcess } from '../../dev/servers/process.js';
import { imports, type Imports } from '../support/imports.js';
import { environmentOf, PROGRAM } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** No account has it. */
const UID = 28_571;
/** Everything is read-only but the folder $0; then the command, as the user $1. */
const READ_ONLY =
  'mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0" && uid=$1 && shift && exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs "$@"';

let world: World;
let all: Imports;
let folder: string;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  folder = await mkdtemp(path.join(tmpdir(), 'read-only-'));
  await chown(folder, UID, UID);
  for (const name of ['files', 'runs', 'tmp']) {
    await mkdir(path.join(folder, name));
    await chown(path.join(folder, name), UID, UID);
  }
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

/** Only root may make other mounts, and only Linux has them. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

test.runIf(canMount)(
  'a worker without a home, with a uid that nobody has, writes nothing outside its folders',
  async () => {
    const { HOME: _, ...env } = environmentOf(world);
    const [importRoot, runs] = [path.join(folder, 'files'), path.join(folder, 'runs')];
    const settings = {
      ...env,
      IMPORT_ROOT: importRoot,
      IMPORT_RUNS: runs,
      LOG_FORMAT: 'json',
      TMPDIR: path.join(folder, 'tmp'),
    };
    const start = (name: string, args: string[]) =>
      startProcess({
        name,
        command: 'unshare',
        args: [
          ...['--mount', 'sh', '-c', READ_ONLY, folder, String(UID)],
          ...[process.execPath, PROGRAM, ...args],
        ],
        env: settings,
        logFile: path.join(world.runs, '..', `${name}.log`),
      });
    const worker = await start('read-only', ['worker']);
    world.onClose(() => worker.stop());
    const rows = Array.from(
      { length: 5 },
      (_unused, i) => `ro${i}@example.com,user,secret-${i}-pw`,
    );
    const file = path.join(importRoot, 'people.csv');
    await writeFile(file, ['email,role,initial_password', ...rows, ''].join('\n'));
    await chown(file, UID, UID);
    const { rows: counts } = await all.run('read-only', { file: 'people.csv' });
    expect(counts).toMatchObject({ total: 5, created: 5 });

    // The commands, too: their actor is the user, who has no name here.
    const command = await start('started', ['start', file, '--invitations', 'never']);
    await command.ended;
    expect(command.exitCode()).toBe(0);
    await worker.stop();
    expect(worker.exitCode()).toBe(0);
  },
);
