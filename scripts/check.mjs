// What is checked without running anything, in two lanes at once: the linter takes as long as the rest together.
import { npm } from './npm.mjs';

const LANES = [['lint'], ['types', 'unused', 'format:check']];

/** Runs one of package.json's scripts, and shows its output once it has ended: two at once would mix theirs. */
async function check(/** @type {string} */ script) {
  const { passed, output } = await npm(['run', script]);
  console.log(output);
  return passed;
}

const passed = await Promise.all(
  LANES.map(async (lane) => {
    for (const script of lane) if (!(await check(script))) return false;
    return true;
  }),
);
if (passed.includes(false)) process.exit(1);
