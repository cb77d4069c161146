import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBinary } from '../../../../dev/servers/binaries.js';
import { withBuildLock } from '../../../../dev/servers/build-lock.js';

let home: string;
let lines: string[];
let onLog: (line: string) => void;
const log = (line: string): void => {
  lines.push(line);
  onLog(line);
};

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'binaries-'));
  await mkdir(path.join(home, 'path'));
  lines = [];
  onLog = () => undefined;
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A PATH with nothing on it but what a test puts there, and the shell for its scripts. */
const env = (): NodeJS.ProcessEnv => ({
  PATH: path.join(home, 'path'),
  XDG_CACHE_HOME: path.join(home, 'cache'),
});

async function putOnPath(name: string, script: string): Promise<string> {
  const file = path.join(home, 'path', name);
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

/** A `go` that counts its calls, which are: go build -o FILE PACKAGE. It waits before its end, if asked to. */
const putGo = (wait = ''): Promise<string> =>
  putOnPath(
    'go',
    `echo "$4" >> '${home}/builds'; ${wait} printf '#!/bin/sh\\necho built\\n' > "$3"; chmod +x "$3"`,
  );

const builds = async (): Promise<string[]> =>
  (await readFile(path.join(home, 'builds'), 'utf8')).trim().split('\n');

const cached = (): Promise<string[]> => readdir(path.join(home, 'cache/kratos-user-import/bin'));

test('a binary on the PATH is used as it is', async () => {
  const file = await putOnPath('temporal', 'echo mine');
  expect(await findBinary('temporal', { log, env: env() })).toBe(file);
  expect(lines).toEqual([]);
});

test('a missing binary is built once, said aloud, and found the next time', async () => {
  await putGo();
  const file = await findBinary('kratos', { log, env: env() });
  expect(path.basename(file)).toMatch(/^kratos-v1\.3\.1-[0-9a-f]{10}$/);
  expect((await promisify(execFile)(file)).stdout).toBe('built\n');
  expect(lines[0]).toMatch(/^Building Ory Kratos from source, once/);
  expect(await findBinary('kratos', { log, env: env() })).toBe(file);
  expect(await builds()).toEqual(['github.com/ory/kratos']);
  expect(await cached()).toEqual([path.basename(file)]);
});

test('two callers at once build once; the second says that it waits', async () => {
  const waits = path.join(home, 'waits');
  await putGo(`until [ -e '${waits}' ]; do sleep 0.05; done;`);
  // The first build ends only when the second caller has said that it waits.
  onLog = (line) => line.startsWith('Another process is building') && writeFileSync(waits, '');
  const find = (): Promise<string> => findBinary('temporal', { log, env: env() });
  const [first, second] = await Promise.all([find(), find()]);
  expect(first).toBe(second);
  expect(await builds()).toEqual(['github.com/temporalio/cli/cmd/temporal']);
  expect(lines.join('\n')).toContain('Another process is building the Temporal dev server');
});

test('without a binary and without Go, one error names the three ways out', async () => {
  const error = await findBinary('kratos', { log, env: env() }).catch(String);
  expect(error).toContain('put a kratos binary (Ory Kratos) on the PATH');
  expect(error).toContain('set KRATOS_ADMIN_URL=');
  expect(error).toContain('install Go 1.21 or later from https://go.dev/dl');
});

test('a build that fails shows what Go said and leaves nothing behind', async () => {
  await putOnPath('go', 'echo half > "$3"; echo "no space left on device" >&2; exit 3');
  const error = await findBinary('temporal', { log, env: env() }).catch(String);
  expect(error).toContain('Building the Temporal dev server failed (go build, exit code 3)');
  expect(error).toContain('no space left on device');
  expect(await cached()).toEqual([]);
});

test('a lock whose process has died holds up no other process', async () => {
  const child = execFile('/bin/true');
  await once(child, 'exit');
  const lock = path.join(home, 'lock');
  await writeFile(lock, String(child.pid));
  const ran = await withBuildLock(
    lock,
    () => lines.push('waits'),
    async () => 'ran',
  );
  expect(ran).toBe('ran');
  expect(lines).toEqual([]);
});
