import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { environmentOf, PROGRAM } from './worker-process.js';
import type { World } from './world.js';

export interface Ended {
  code: number | null;
  out: string;
}

/** Called while a command runs. */
export type During = (out: () => string, interrupt: () => void) => Promise<void>;

/** Runs a command of the program as a person would, in a folder of theirs. */
export function runCommand(
  world: World,
  folder: string,
  args: string[],
  settings: Record<string, string> = {},
  during?: During,
  program = PROGRAM,
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...environmentOf(world), ...settings },
  });
  const { out, ended } = outputOf(child);
  void during?.(out, () => child.kill('SIGINT'));
  return ended;
}

/** The output of a command: so far, and all of it once it has ended. */
export function outputOf(child: ChildProcessWithoutNullStreams): {
  out: () => string;
  ended: Promise<Ended>;
} {
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (out += String(chunk)));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, out }));
  });
  return { out: () => out, ended };
}
