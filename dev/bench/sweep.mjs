// The bare loop's best way: rows a batch, and batches at once. First a coarse grid, then around its best, then the best
// few against each other in several rounds, since a single round says little.
import { inTurns, runContender, writeFile } from './compare.mjs';
import { kratosOnPostgres, withBench } from './servers.mjs';
import { median } from './stats.mjs';

const COST = 8;

/**
 * @typedef {import('./compare.mjs').Batches} Batches
 * @typedef {Batches & {rates: number[]}} Tried rows a second, round by round
 * @typedef {object} Grid
 * @property {number} rows of the file
 * @property {number[]} sizes
 * @property {number[]} atOnce
 */

/**
 * @param {{grids: Record<string, Grid>, finalists: number, rounds: number}} options by file
 * @param {(text: string) => void} say
 */
export function measureSweep({ grids, finalists, rounds }, say) {
  return withBench(async (bench) => {
    const kratos = await kratosOnPostgres(bench, COST);
    /** @type {Record<string, {best: Batches, tried: Tried[]}>} */
    const result = {};
    for (const [file, { rows, sizes, atOnce }] of Object.entries(grids)) {
      const users = await writeFile(bench.importRoot, file, '', { rows });
      /** @type {Tried[]} */
      const tried = [];
      const tryOut = async (/** @type {Batches} */ { size, concurrency }) => {
        await kratos.empty();
        await kratos.vacuum();
        const args = [users, kratos.adminUrl, size, concurrency, COST];
        const { seconds } = await runContender('ceiling', args);
        const rate = rows / seconds;
        say(`${file}, ${size} rows a batch, ${concurrency} at once: ${rate.toFixed(0)} rows/s`);
        const known = tried.find((one) => one.size === size && one.concurrency === concurrency);
        if (known) known.rates.push(rate);
        else tried.push({ size, concurrency, rates: [rate] });
      };
      for (const size of sizes) {
        for (const concurrency of atOnce) await tryOut({ size, concurrency });
      }
      for (const batches of around(ranked(tried)[0], sizes, tried)) await tryOut(batches);
      const finals = ranked(tried).slice(0, finalists);
      for (let round = 1; round <= rounds; round++) {
        for (const batches of inTurns(finals, round)) await tryOut(batches);
      }
      const [best] = ranked(finals);
      if (best) result[file] = { best: { size: best.size, concurrency: best.concurrency }, tried };
    }
    return result;
  });
}

/** The fastest first. */
function ranked(/** @type {Tried[]} */ tried) {
  return tried.toSorted((a, b) => median(b.rates) - median(a.rates));
}

/**
 * Halfway to the next sizes of the grid, and one more or less at once, as far as it was not tried.
 * @param {Tried | undefined} best
 * @param {number[]} sizes
 * @param {Tried[]} tried
 */
function around(best, sizes, tried) {
  if (!best) return [];
  const { size, concurrency } = best;
  const at = sizes.indexOf(size);
  const halfway = [sizes[at - 1], sizes[at + 1]]
    .filter((next) => next !== undefined)
    .map((next) => ({ size: Math.round((size + next) / 2), concurrency }));
  const oneOff = [concurrency - 1, concurrency + 1].map((next) => ({ size, concurrency: next }));
  return [...halfway, ...oneOff].filter(
    (next) =>
      next.concurrency > 0 &&
      !tried.some((one) => one.size === next.size && one.concurrency === next.concurrency),
  );
}
