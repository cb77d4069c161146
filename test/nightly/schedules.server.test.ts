/** The recipe for Temporal's command line in docs/schedules.md, carried out. The command: schedule-command.server.test.ts. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { outputOf, type Ended } from '../support/command.js';
import { identitiesOf } from '../support/identities.js';
import { imports, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { until } from '../support/until.js';
import { environmentOf, PROGRAM, startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
  await all.write('users.csv', csvOf('scheduled-', 3));
});

afterAll(() => world.close());

/** Runs a shell block of the page. */
async function run(block: string, id = 'ID'): Promise<Ended> {
  const { temporalBinary } = inject('servers');
  const programs = `set -e\nnpx() { shift; "${process.execPath}" "${PROGRAM}" "$@"; }\ntemporal() { "${temporalBinary}" "$@"; }\n`;
  const child = spawn('sh', ['-c', programs + block.replaceAll(/\bID\b/g, id)], {
    cwd: world.importRoot,
    env: environmentOf(world),
  });
  child.stdin.end();
  return outputOf(child).ended;
}

test('a schedule starts an import, which is done, reported and undone under the id that it got', async () => {
  const page = await readFile('docs/schedules.md', 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!);
  const [create, look] = blocks.slice(-2);
  const created = await run(create!);
  expect(created.code, created.out).toBe(0);

  const schedule = all.client.schedule.getHandle('nightly-users');
  let id = '';
  await until(async () => {
    const [started] = (await schedule.describe()).info.recentActions;
    id = started?.action.workflow.workflowId ?? '';
    return id !== '';
  });
  expect(id).toMatch(/^nightly-users-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await all.client.workflow.getHandle(id).result();
  await schedule.delete();
  expect(await identitiesOf(world.kratos.adminUrl, 'scheduled-')).toHaveLength(3);
  // Beside it is what the source remembers of its nights.
  expect(await readdir(world.runs)).toEqual(['@sources', id.replaceAll(':', '+')]);

  const { code, out } = await run(look!, id);
  expect(code, out).toBe(0);
  expect(out).toContain(`${id}: Done. 3 users created.`);
  expect(out).toContain('is done: deleted 3');
  expect(await identitiesOf(world.kratos.adminUrl, 'scheduled-')).toEqual([]);
});
