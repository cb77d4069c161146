import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeEnvironment } from '../../../../dev/demo/environment.js';

it('the settings of the demo are read by a shell, with the command that messages name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "demo's env-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = path.join(folder, 'program.cjs');
  await writeFile(program, 'console.log(process.env.APP_NAME, ...process.argv.slice(2));');
  const file = await writeEnvironment(folder, { APP_NAME: "Ada's platform" }, program);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const script = `. "$1"\nuser-import status ID`;
  expect(execFileSync('sh', ['-c', script, 'sh', file], { encoding: 'utf8' })).toBe(
    "Ada's platform status ID\n",
  );
});
