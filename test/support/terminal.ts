import { spawn } from 'node:child_process';
import { outputOf, type Ended } from './command.js';
import { environmentOf, PROGRAM } from './worker-process.js';
import type { World } from './world.js';

/**
 * Runs a command of the program on a terminal of its own, which `script` makes, and types an answer
 * whenever it asks.
 * @param question the question of the command, or its end
 * @param answers typed in turn
 */
export function typeAnswer(
  world: World,
  folder: string,
  args: string[],
  { question, answers }: { question: string; answers: string[] },
): Promise<Ended> {
  const command = [process.execPath, PROGRAM, ...args];
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const ofScript =
    process.platform === 'linux' ? ['-qec', quoted, '/dev/null'] : ['-q', '/dev/null', ...command];
  const child = spawn('script', ofScript, { cwd: folder, env: environmentOf(world) });
  const { out, ended } = outputOf(child);
  let typed = 0;
  child.stdout.on('data', () => {
    const asked = out().split(question).length - 1;
    if (typed >= Math.min(asked, answers.length)) return;
    child.stdin.write(`${answers[typed++]}\n`);
  });
  return ended;
}
