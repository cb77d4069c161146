// Imports of users who do not exist yet.
import { randomUUID } from 'node:crypto';
import { kratosImport } from './contenders/kratos-import.mjs';
import { inTurns, runContender, withContest, writeFile } from './compare.mjs';
import { FILES } from './files.mjs';
import { FRESH, KRATOS_IMPORT, KRATOS_IMPORT_RANDOM, LOOP, OWN, RECIPE } from './labels.mjs';

/**
 * @typedef {object} FreshOptions
 * @property {number} cost bcrypt's
 * @property {string[]} who takes part, in turns
 * @property {Record<string, number>} rows of each file, so that each takes long enough to be measured
 * @property {number} [slowRows] the rows for contenders that send one request a row, whose speed does not depend on the
 *   number
 * @property {number} rounds
 * @property {Record<string, import('./compare.mjs').Batches>} [batches] of the bare loop, by file
 *
 * @param {FreshOptions} options
 * @param {(text: string) => void} say
 */
export function measureFresh({ cost, who: wanted, rows, slowRows = 0, rounds, batches }, say) {
  return withContest(cost, say, async ({ kratos, folder, samples, own, measure }) => {
    const contests = [];
    for (const [file, many] of Object.entries(rows)) {
      const slow = Math.min(slowRows, many);
      const whole = await writeFile(folder, file, '', { rows: many });
      const part = await writeFile(folder, file, ' part', { rows: slow });
      const loop = () => {
        const { size, concurrency } = batches?.[file] ?? { size: 500, concurrency: 3 };
        return runContender('ceiling', [whole, kratos.adminUrl, size, concurrency, cost]);
      };
      /** @type {[string, number, () => Promise<import('./compare.mjs').Outcome>][]} */
      const all = [
        [OWN, many, () => own(whole)],
        [LOOP, many, loop],
        [RECIPE, slow, () => runContender('recipe', [part, kratos.adminUrl, 'skip'])],
        [KRATOS_IMPORT, slow, () => kratosImport(kratos, part, () => undefined)],
        [KRATOS_IMPORT_RANDOM, slow, () => kratosImport(kratos, part, randomUUID)],
      ];
      const contenders = all.filter(
        // A random password for those without one: there are none where all have one.
        ([who]) => wanted.includes(who) && (who !== KRATOS_IMPORT_RANDOM || !FILES[file]?.(1)),
      );
      contests.push({ file, contenders });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { file, contenders } of contests) {
        for (const [who, many, work] of inTurns(contenders, round)) {
          const isRight = async () => (await kratos.count()) === many;
          const turn = { prepare: kratos.empty, work, isRight };
          await measure({ file, job: FRESH, who, round, rows: many }, turn);
        }
      }
    }
    return { cost, rows, slowRows, rounds, batches, samples };
  });
}
