import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that runs as a child process. */
export interface ServerProcess {
  pid: number;
  /** False as soon as the process has ended, for whatever reason. */
  running(): boolean;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<void>;
  /** Null while the process runs, and when a signal has ended it. */
  exitCode(): number | null;
  /** Ends the process in order, and by force when that takes over 15 seconds. Harmless when it has ended already. */
  stop(): Promise<void>;
  /** SIGKILL, for tests of crashes. Resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  /** Used in messages, such as `Kratos`. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment of the child, not additions. */
  env: NodeJS.ProcessEnv;
  /** Its standard output and error go here, appended. */
  logFile: string;
  cwd?: string;
  /** The signal that it takes as "end in order". Default SIGTERM. */
  stopSignal?: 'SIGTERM' | 'SIGINT';
  uid?: number;
  gid?: number;
}

const GRACE_MS = 15_000;

/**
 * Ends a server whose owner was killed with SIGKILL: a shell that waits on a pipe which only the owner holds open. The
 * kernel closes the pipe when the owner dies, however it dies. `read` is a builtin, so a guard is one small process.
 */
const GUARD = `exec 2>/dev/null; read -r pid || exit 0; read -r _; kill -s "$1" "$pid" || exit 0
n=0; while kill -0 "$pid" && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; kill -9 "$pid"`;

/** Started before its server, so that no moment is left in which a server runs unguarded. */
function startGuard(stopSignal: string): { watch(pid: number): void; dismiss(): void } {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', stopSignal.slice(3)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the servers still run; only the protection against a SIGKILL of the owner is lost.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref(); // A pipe is a socket; its type does not say so.
  return {
    watch: (pid) => void guard.stdin.write(`${pid}\n`),
    dismiss: () => void guard.kill('SIGKILL'),
  };
}

/**
 * Starts a server in its own process group, so that a Ctrl+C in the terminal reaches this process alone, which ends
 * the servers in order.
 *
 * @throws Error when the command cannot be started at all.
 */
export async function startProcess(options: ProcessOptions): Promise<ServerProcess> {
  const { name, command, args, env, logFile, cwd, uid, gid, stopSignal = 'SIGTERM' } = options;
  await mkdir(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const guard = startGuard(stopSignal);
  const child = spawn(command, args, {
    env,
    detached: true,
    stdio: ['ignore', log, log],
    cwd,
    uid,
    gid,
  });
  if (child.pid !== undefined) guard.watch(child.pid);
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid as number));
    child.once('error', (cause) => {
      guard.dismiss();
      reject(
        new Error(`${name} cannot be started [command=${command}]: ${cause.message}`, { cause }),
      );
    });
  });
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      running = false;
      guard.dismiss();
      resolve();
    };
    // The process may have ended between `spawn` and here.
    if (child.exitCode !== null || child.signalCode !== null) end();
    else child.once('exit', end);
  });
  const signal = (which: NodeJS.Signals): void => {
    if (running) child.kill(which);
  };
  return {
    pid,
    running: () => running,
    ended,
    exitCode: () => child.exitCode,
    async stop() {
      signal(stopSignal);
      const force = setTimeout(() => signal('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(force);
    },
    async kill() {
      signal('SIGKILL');
      await ended;
    },
  };
}

const LOG_LINES = 15;

/** The last lines of a log, for an error message; empty when there is no log. */
export async function logTail(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}

/**
 * Calls `answers` every 50 ms until it returns true. A server that does not answer in time is ended.
 *
 * @throws Error with the end of the log when the server ends, or does not answer in time
 */
export async function untilReady(
  server: ServerProcess,
  options: { name: string; logFile: string; seconds: number },
  answers: () => Promise<boolean>,
): Promise<void> {
  const { name, logFile, seconds } = options;
  const deadline = Date.now() + seconds * 1000;
  while (server.running() && Date.now() < deadline) {
    if (await answers().catch(() => false)) return;
    await sleep(50);
  }
  const what = server.running()
    ? `did not answer within ${seconds} seconds`
    : 'ended while starting';
  await server.kill();
  throw new Error(`${name} ${what}. The end of its log ${logFile}:\n${await logTail(logFile)}`);
}
