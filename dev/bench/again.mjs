// The same file again, updates and undos: all users exist before. Passwords make no difference: no job sets any.
import { inTurns, runContender, withContest, writeFile } from './compare.mjs';
import { undoImport } from './contenders/own.mjs';
import { AGAIN, LOOP, NONE, OWN, RECIPE, UNDO, UPDATE_ALL, UPDATE_TENTH } from './labels.mjs';
import { median } from './stats.mjs';

const COST = 8;
/** One user in so many has another role in the file of an update. */
const CHANGED_ONE_IN = 10;
/** The requests at once that are tried for the bare loop. */
const AT_ONCE = [2, 3, 5, 8];

/**
 * @typedef {object} AgainOptions
 * @property {number} rows for what goes in pages and batches
 * @property {number} changedRows for what changes each user
 * @property {number} slowRows for the recipe
 * @property {number} sweepRows for each try of the bare loop
 * @property {number} rounds
 * @property {import('./compare.mjs').Batches} batches in which users are created fastest
 *
 * @param {AgainOptions} options
 * @param {(text: string) => void} say
 */
export function measureAgain(options, say) {
  const { rows, changedRows, slowRows, sweepRows, rounds, batches } = options;
  return withContest(COST, say, async ({ kratos, client, folder, samples, own, measure }) => {
    const { adminUrl } = kratos;
    const write = (/** @type {string} */ suffix, /** @type {number} */ many, oneIn = 0) => {
      const isChanged = (/** @type {number} */ row) => oneIn > 0 && row % oneIn === 0;
      return writeFile(folder, NONE, suffix, { rows: many, isChanged });
    };
    const [whole, tenth] = [await write('', rows), await write(' tenth', rows, CHANGED_ONE_IN)];
    const [some, someChanged, sweepFile] = [
      await write(' some', changedRows),
      await write(' some changed', changedRows, 1),
      await write(' sweep', sweepRows),
    ];
    const [part, partChanged] = [
      await write(' part', slowRows),
      await write(' changed', slowRows, 1),
    ];

    const create = (/** @type {string} */ file) => async () => {
      await kratos.empty();
      await runContender('ceiling', [file, adminUrl, batches.size, batches.concurrency, COST]);
    };
    const loop = (/** @type {'update' | 'delete'} */ job, /** @type {number} */ atOnce) =>
      runContender('ceiling-of-changes', [job, adminUrl, atOnce]);
    const recipe = (/** @type {string} */ file, /** @type {string} */ mode) =>
      runContender('recipe', [file, adminUrl, mode]);

    /** The number at once that is fastest. */
    const bestOf = async (/** @type {'update' | 'delete'} */ job) => {
      /** @type {{atOnce: number, rate: number}[]} */
      const tried = [];
      for (const atOnce of AT_ONCE) {
        const rates = [];
        for (let round = 1; round <= 2; round++) {
          await create(sweepFile)();
          await kratos.vacuum();
          rates.push(sweepRows / (await loop(job, atOnce)).seconds);
        }
        tried.push({ atOnce, rate: median(rates) });
        say(`bare loop, ${job}, ${atOnce} at once: ${median(rates).toFixed(0)} rows/s`);
      }
      return tried.reduce((a, b) => (b.rate > a.rate ? b : a)).atOnce;
    };
    const atOnce = { update: await bestOf('update'), delete: await bestOf('delete') };

    const changed = Math.ceil(rows / CHANGED_ONE_IN);
    const isEmpty = async () => (await kratos.count()) === 0;
    let imported = '';
    /** @type {({job: string, who: string, rows: number} & import('./compare.mjs').Turn)[]} */
    const turns = [
      {
        ...{ job: AGAIN, who: OWN, rows, prepare: create(whole) },
        work: () => own(whole),
        isRight: ({ skipped }) => skipped === rows,
      },
      {
        ...{ job: AGAIN, who: RECIPE, rows: slowRows, prepare: create(part) },
        work: () => recipe(part, 'skip'),
        isRight: ({ skipped }) => skipped === slowRows,
      },
      {
        ...{ job: UPDATE_TENTH, who: OWN, rows, prepare: create(whole) },
        work: () => own(tenth, { mode: 'update' }),
        isRight: ({ updated, unchanged }) => updated === changed && unchanged === rows - changed,
      },
      {
        ...{ job: UPDATE_ALL, who: OWN, rows: changedRows, prepare: create(some) },
        work: () => own(someChanged, { mode: 'update' }),
        isRight: ({ updated }) => updated === changedRows,
      },
      {
        ...{ job: UPDATE_ALL, who: LOOP, rows: changedRows, prepare: create(some) },
        work: () => loop('update', atOnce.update),
        isRight: ({ changed: done }) => done === changedRows,
      },
      {
        // It sends a change for every row, whether its user has changed or not.
        ...{ job: UPDATE_ALL, who: RECIPE, rows: slowRows, prepare: create(part) },
        work: () => recipe(partChanged, 'update'),
        isRight: ({ updated }) => updated === slowRows,
      },
      {
        ...{ job: UNDO, who: OWN, rows: changedRows },
        prepare: async () => {
          await kratos.empty();
          imported = (await own(some)).workflowId;
        },
        work: () => undoImport(client, imported),
        isRight: isEmpty,
      },
      {
        ...{ job: UNDO, who: LOOP, rows: changedRows, prepare: create(some) },
        work: () => loop('delete', atOnce.delete),
        isRight: isEmpty,
      },
      {
        ...{ job: UNDO, who: RECIPE, rows: slowRows, prepare: create(part) },
        work: () => recipe(part, 'delete'),
        isRight: isEmpty,
      },
    ];
    for (let round = 1; round <= rounds; round++) {
      for (const job of new Set(turns.map((each) => each.job))) {
        const contenders = turns.filter((each) => each.job === job);
        for (const { who, rows: many, ...turn } of inTurns(contenders, round)) {
          await measure({ file: NONE, job, who, round, rows: many }, turn);
        }
      }
    }
    return { ...options, atOnce, samples };
  });
}
