// Runs npm. Plain Node, since the set-up needs it before anything is installed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs npm in the checkout.
 * @param {string[]} args
 * @returns {Promise<{passed: boolean, output: string}>} `output` is all that it wrote, or why it could not be started
 */
export function npm(args) {
  return new Promise((resolve) => {
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => resolve({ passed: code === 0, output: output.trimEnd() }));
  });
}
