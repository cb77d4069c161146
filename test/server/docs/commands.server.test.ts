import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { imports, progressOf, type Imports } from '../../support/imports.js';
import { until } from '../../support/until.js';
import { environmentOf, PROGRAM, startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** A command that is not run here, and the place that covers it. */
interface Elsewhere {
  where: string;
}

const DOCKER: Elsewhere = {
  where: 'by hand, where Docker is; test/unit/compose.test.ts checks the file that it reads',
};

/** Every command of the pages, and the exit status of running it, unless it has a way of its own. */
const EXPECTED: Record<string, number | 'worker' | 'watch until held' | Elsewhere> = {
  'npm run demo': { where: 'test/server/demo/demo.server.test.ts' },
  'npm test': { where: '.ci/run' },
  'npm ci': { where: 'scripts/setup.mjs, by npm test' },
  '. .demo/env': { where: 'test/unit/dev/demo/environment.test.ts' },
  'npx user-import init': {
    where: 'test/unit/cli/init.test.ts; settings here are those of the world',
  },
  'npx user-import doctor --mail-to you@example.com': {
    where: 'test/nightly/doctor.server.test.ts',
  },
  'docker compose up --build --detach': DOCKER,
  'cp examples/users.csv imports/': DOCKER,
  'docker compose exec worker user-import start /data/imports/users.csv --actor "$USER"': DOCKER,
  'npx user-import worker': 'worker',
  'npx user-import check users.csv': 0,
  'npx user-import start users.csv --dry-run=live': 0,
  'npx user-import start users.csv --actor alice': 0,
  'npx user-import start users.csv --canary-rows 20 --invitations hold --detach': 0,
  'npx user-import status ID': 0,
  'npx user-import results ID': 0,
  'npx user-import approve ID': 0,
  'npx user-import watch ID': 'watch until held',
  'npx user-import release-invitations ID': 0,
  'npx user-import origin ada@example.com': 0,
  'npx user-import report ID': 0,
  'npx user-import retry ID': 0,
  'npx user-import undo ID': 0,
  'npx user-import undo ID --yes': 0,
  'npx user-import purge ID': 0,
  'temporal workflow start --type importUsers --task-queue user-import --fail-existing --workflow-id import-2026-11 --input \'{"file":"users.csv","actor":"alice"}\'': 0,
};

/** More than the canary's rows, one of them due an invitation; another file, and so another import, for each page. */
function peopleOf(page: string): string {
  const others = Array.from(
    { length: 24 },
    (_, i) => `user${i}@example.com,${i === 0 ? '' : 'a-pass-word'}`,
  );
  const own = `${path.basename(page)}@example.com,a-pass-word`;
  return ['email,initial_password', 'ada@example.com,correct-horse-7', ...others, own, ''].join(
    '\n',
  );
}

/** The commands of a page's shell blocks, each on one line. */
function commandsOf(page: string): string[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```(?:sh|bash)\n(.*?)^```/gms)];
  return blocks
    .flatMap(([, block]) => block!.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

describe.each(['README.md', 'docs/quick-start.md'])('the commands of %s', (page) => {
  let world: World;
  let admin: Imports;
  /** A folder that is not the import root, as an admin's own. */
  let desk: string;
  let id = 'ID';

  beforeAll(async () => {
    world = await createWorld();
    admin = await imports(world);
    desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
    await writeFile(path.join(desk, 'users.csv'), people);
  });

  afterAll(() => world.close());

  const commands = commandsOf(page);
  const people = peopleOf(page);

  it('are all expected here', () => {
    expect(commands.length).toBeGreaterThan(5);
    expect(commands.filter((command) => !Object.hasOwn(EXPECTED, command))).toEqual([]);
  });

  it.each(commands.filter((command) => typeof (EXPECTED[command] ?? DOCKER) !== 'object'))(
    'run as the page has them: %s',
    async (command) => {
      const how = EXPECTED[command];
      if (how === 'worker') {
        await startWorker(world);
        return;
      }
      if (command.startsWith('temporal ')) await admin.write('users.csv', people);
      if (/ (results|approve) /.test(command))
        await untilProgress(({ phase }) => phase === 'awaiting-approval');
      const { code, out } = await run(command, how === 'watch until held' ? /HELD/ : undefined);
      expect(code, out).toBe(how === 'watch until held' ? 130 : how);
      id = /Started the import (\S+)\./.exec(out)?.[1] ?? id;
      if (command.startsWith('temporal '))
        await admin.client.workflow.getHandle('import-2026-11').result();
      if (command.includes(' release-invitations '))
        await admin.client.workflow.getHandle(id).result();
    },
  );

  async function untilProgress(
    isAsWanted: (progress: { phase: string }) => boolean,
  ): Promise<void> {
    await until(async () => isAsWanted(await progressOf(admin.client.workflow.getHandle(id))));
  }

  /** Runs a command in a shell, as the page has it but for the id; Ctrl+C once its output has `stopAt`. */
  function run(command: string, stopAt?: RegExp): Promise<{ code: number | null; out: string }> {
    const { temporalBinary } = inject('servers');
    const programs = `npx() { shift; "${process.execPath}" "${PROGRAM}" "$@"; }\ntemporal() { "${temporalBinary}" "$@"; }\n`;
    const child = spawn('sh', ['-c', programs + command.replace(/\bID\b/, id)], {
      cwd: desk,
      env: environmentOf(world),
      detached: true,
    });
    let out = '';
    const hear = (chunk: unknown): void => {
      const before = out;
      out += String(chunk);
      if (stopAt && stopAt.test(out) && !stopAt.test(before)) process.kill(-child.pid!, 'SIGINT');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    return new Promise((resolve) =>
      child.on('close', (code, signal) => resolve({ code: signal === 'SIGINT' ? 130 : code, out })),
    );
  }
});
