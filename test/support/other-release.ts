/** Releases of this program whose workflows are other ones: copies of what was built, with a change in their code. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { World } from './world.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where each workflow takes one step more: the line after which it stands. */
const PLACES = {
  'import-users/index.js': 'async function checkEverythingIsThere(run) {',
  'import-chunk.js': 'export async function importChunk(request) {',
  'send-invitations/index.js': 'let step;',
};

const STEP = 'await anotherStep(1);';

/**
 *   incompatible  each workflow takes one step more: no history of today's replays with it
 *   patched       the same step, behind Temporal's `patched`: running imports go on without it
 *   without-mails has no workflow for invitations
 */
export type OtherRelease = 'incompatible' | 'patched' | 'without-mails';

/** Builds a release beside the worlds' folders. @returns its program */
export async function buildRelease(world: World, kind: OtherRelease): Promise<string> {
  const dir = path.join(world.runs, '..', `release-${kind}`);
  const dist = path.join(dir, 'dist');
  await mkdir(dir);
  for (const name of ['dist', 'bin', 'package.json']) {
    await cp(path.join(ROOT, name), path.join(dir, name), { recursive: true, filter: ships });
  }
  for (const name of ['node_modules', 'templates']) {
    await symlink(path.join(ROOT, name), path.join(dir, name));
  }
  await changeWorkflows(path.join(dist, 'workflows'), kind);
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(dist, 'workflows', 'index.js'),
    workflowInterceptorModules: [path.join(dist, 'workflows', 'interceptors.js')],
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(path.join(dist, 'workflow-bundle.js'), code);
  return path.join(dir, 'bin', 'user-import.cjs');
}

/** The demo and its servers do not. */
function ships(source: string): boolean {
  return source !== path.join(ROOT, 'dist', 'dev');
}

async function changeWorkflows(folder: string, kind: OtherRelease): Promise<void> {
  if (kind === 'without-mails') {
    await edit(path.join(folder, 'index.js'), (code) =>
      code.replace(/export const sendInvitations = .*\n/, ''),
    );
    return;
  }
  const step = kind === 'patched' ? `if (isPatched('another-step')) ${STEP}` : STEP;
  const names = `import { patched as isPatched, sleep as anotherStep } from '@temporalio/workflow';`;
  for (const [file, place] of Object.entries(PLACES)) {
    await edit(path.join(folder, file), (code) =>
      code.replace(place, `${place}\n${step}`).replace(/^/, `${names}\n`),
    );
    const code = await readFile(path.join(folder, file), 'utf8');
    if (!code.includes(step)) throw new Error(`${file} has no place for another step`);
  }
}

async function edit(file: string, change: (code: string) => string): Promise<void> {
  const code = await readFile(file, 'utf8');
  const changed = change(code);
  if (changed === code) throw new Error(`${file} stayed as it was`);
  await writeFile(file, changed);
}
