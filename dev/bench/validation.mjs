// Validation, schema check and chunk plan included, against csv-parse alone reading the same file into arrays and
// dropping them, in turns.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FILES, writeCsv } from './files.mjs';
import { withBench } from './servers.mjs';
import { median } from './stats.mjs';

const run = promisify(execFile);
/** As bin/user-import.cjs sets it. */
const AS_SHIPPED = '--heap-growing-percent=30';

/**
 * @param {{rows: number, rounds: number}} options
 * @param {(text: string) => void} say
 */
export async function measureValidation({ rows, rounds }, say) {
  return withBench(async ({ importRoot, runs }) => {
    const file = path.join(importRoot, 'users.csv');
    await writeCsv(file, { rows, hasPassword: FILES['a third with a password'] });
    const rowsPerSecond = async (/** @type {string} */ name, /** @type {string[]} */ ...more) => {
      const script = fileURLToPath(new URL(`contenders/${name}.mjs`, import.meta.url));
      const { stdout } = await run(process.execPath, [AS_SHIPPED, script, file, ...more]);
      const done = JSON.parse(stdout);
      if (done.rows !== rows) throw new Error(`${name} has read ${done.rows} rows of ${rows}`);
      return /** @type {number} */ (done.rows / done.seconds);
    };
    /** @type {number[]} */
    const csvParse = [];
    /** @type {number[]} */
    const validation = [];
    for (let round = 0; round < rounds; round++) {
      csvParse.push(await rowsPerSecond('csv-parse'));
      validation.push(await rowsPerSecond('validate', runs));
    }
    const ratio = median(validation.map((rate, i) => rate / (csvParse[i] ?? NaN)));
    say(
      `validation: ${median(validation).toFixed(0)} rows/s, csv-parse alone ${median(csvParse).toFixed(0)}; ratio ${ratio.toFixed(2)}`,
    );
    return { rows, rounds, csvParse, validation, ratio };
  });
}
