// The time that a command takes to begin, as a multiple of `node -e 0`, in turns.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { temporalServer, withBench } from './servers.mjs';
import { median } from './stats.mjs';

const PROGRAM = fileURLToPath(new URL('../../bin/user-import.cjs', import.meta.url));

/** Each does next to nothing: the last one asks Temporal once. @type {Record<string, string[]>} */
const COMMANDS = {
  'node -e 0': ['-e', '0'],
  'user-import --help': [PROGRAM, '--help'],
  'user-import presets okta': [PROGRAM, 'presets', 'okta'],
  'user-import status ID': [PROGRAM, 'status', 'no-such-import'],
};

/**
 * @param {{rounds: number}} options
 * @param {(text: string) => void} say
 */
export function measureStartUp({ rounds }, say) {
  return withBench(async (bench) => {
    const { address } = await temporalServer(bench);
    /** @type {Record<string, number[]>} milliseconds, round by round */
    const times = {};
    for (let round = 0; round <= rounds; round++) {
      for (const [name, args] of Object.entries(COMMANDS)) {
        const began = performance.now();
        await run(args, address);
        // The first round fills the file system's cache.
        if (round > 0) (times[name] ??= []).push(performance.now() - began);
      }
    }
    const bare = median(times['node -e 0'] ?? []);
    for (const [name, each] of Object.entries(times)) {
      const ms = median(each);
      say(`${name}: ${ms.toFixed(0)} ms, ${(ms / bare).toFixed(1)} times node -e 0`);
    }
    return { rounds, times };
  });
}

/** Its status counts for nothing: there is no such import. */
function run(/** @type {string[]} */ args, /** @type {string} */ address) {
  const env = { ...process.env, TEMPORAL_ADDRESS: address };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, () => resolve(undefined));
  });
}
