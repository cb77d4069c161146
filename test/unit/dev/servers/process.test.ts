import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProcess, untilReady } from '../../../../dev/servers/process.js';
import type { ServerProcess } from '../../../../dev/servers/process.js';
import { until } from '../../../support/until.js';

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(path.join(tmpdir(), 'process-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

const shell = (script: string): Promise<ServerProcess> =>
  startProcess({
    name: 'Example',
    command: '/bin/sh',
    args: ['-c', script],
    env: process.env,
    logFile: path.join(dir, 'log'),
  });

test('a server that ends while starting becomes an error with the end of its log', async () => {
  const server = await shell('echo "port is taken" >&2; exit 4');
  const options = { name: 'Example', logFile: path.join(dir, 'log'), seconds: 10 };
  const waiting = untilReady(server, options, async () => false);
  await expect(waiting).rejects.toThrow(/Example ended while starting.*\nport is taken/s);
  expect(server.exitCode()).toBe(4);
});

test('a server that never answers is ended', async () => {
  const server = await shell('sleep 60');
  const options = { name: 'Example', logFile: path.join(dir, 'log'), seconds: 0.3 };
  const waiting = untilReady(server, options, async () => false);
  await expect(waiting).rejects.toThrow(/did not answer within 0.3 seconds/);
  expect(server.running()).toBe(false);
});

test('a command that is not there is named', async () => {
  const options = { name: 'Example', args: [], env: {}, logFile: path.join(dir, 'log') };
  const starting = startProcess({ ...options, command: path.join(dir, 'nothing') });
  await expect(starting).rejects.toThrow(/Example cannot be started \[command=.*nothing\]/);
});

test('a server ends in order when its owner is killed', async () => {
  // The owner must be another process; process.ts needs nothing but Node, so it is translated for it alone.
  const source = await readFile(
    new URL('../../../../dev/servers/process.ts', import.meta.url),
    'utf8',
  );
  const module = ts.ModuleKind.ESNext;
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module } });
  await writeFile(path.join(dir, 'process.mjs'), outputText);
  const [up, ended] = [path.join(dir, 'up'), path.join(dir, 'ended')];
  const server = `trap 'echo in order > "${ended}"; exit' TERM; echo > "${up}"; while :; do sleep 0.1; done`;
  const options = { name: 'Example', command: '/bin/sh', args: ['-c', server], env: process.env };
  await writeFile(
    path.join(dir, 'owner.mjs'),
    `import { startProcess } from './process.mjs';
     await startProcess(${JSON.stringify({ ...options, logFile: path.join(dir, 'log') })});`,
  );
  const owner = spawn(process.execPath, [path.join(dir, 'owner.mjs')], { stdio: 'ignore' });
  await until(() => existsSync(up));
  owner.kill('SIGKILL');
  await until(() => existsSync(ended) && readFileSync(ended, 'utf8') !== '');
  expect(await readFile(ended, 'utf8')).toBe('in order\n');
});
