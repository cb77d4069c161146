// What is checked without running anything, in two lanes at once: the linter takes as long as the rest together.
import { spawn } from 'node:child_process';

const LANES = [['lint'], ['types', 'unused', 'format:check']];

/** Runs one of package.json's scripts, and shows its output once it has ended: two at once would mix theirs. */
function run(/** @type {string} */ script) {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      console.log(output.trimEnd());
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(
  LANES.map(async (lane) => {
    for (const script of lane) if (!(await run(script))) return false;
    return true;
  }),
);
if (passed.includes(false)) process.exit(1);
