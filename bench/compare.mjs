// Fresh imports, the same file again, and an update of a tenth: the original recipe, `kratos import identities`, a bare loop
// of batches, and this project, in turns against the same Kratos on Postgres.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { importUsers } from './contenders/own.mjs';
import { cpuSeconds, stolenSince } from './cpu.mjs';
import { FILES, writeCsv } from './files.mjs';
import { kratosOnPostgres, startWorker, temporalServer, withBench } from './servers.mjs';

const run = promisify(execFile);
const contender = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`contenders/${name}.mjs`, import.meta.url));
/** On a shared host: what is measured while it gives more of the processor to others says nothing, and is measured again. */
const MOST_STOLEN = 0.1;
const MOST_TRIES = 3;
const OWN = 'this project';
const MOST_OUTPUT = { maxBuffer: 2 ** 28 };

/**
 * @typedef {{seconds: number, created?: number, updated?: number, skipped?: number, unchanged?: number}} Outcome
 * @typedef {object} Sample
 * @property {string} file
 * @property {string} job
 * @property {string} who
 * @property {number} round
 * @property {number} rows how many it went through
 * @property {number} seconds
 * @property {number} rowsPerSecond
 * @property {number} stolen share of the processor's time that the host gave to others
 * @property {Record<string, number>} cpu seconds of processor time, by process
 */

/**
 * @param {{cost: number, rows: number, slowRows: number, rounds: number}} options
 *   `slowRows`: how many of the rows those go through who take one request a row; their speed is the same all along
 * @param {(text: string) => void} say
 */
export async function compare({ cost, rows, slowRows, rounds }, say) {
  /** @type {Sample[]} */
  const samples = [];
  let best = { size: 500, concurrency: 2 };
  /** @type {Record<string, number>} */
  const sweep = {};
  await withBench(async (bench) => {
    const kratos = await kratosOnPostgres(bench, cost);
    const temporal = await temporalServer(bench);
    const { address: temporalAddress, client } = temporal;
    const settings = { temporalAddress, client, kratosUrl: kratos.adminUrl, bcryptCost: cost };
    const worker = await startWorker(bench, settings);
    bench.onEnd(() => worker.stop());
    const pids = { ...kratos.pids, temporal: temporal.pid, worker: worker.pid, own: process.pid };

    const script = async (/** @type {string} */ name, /** @type {string[]} */ args) => {
      const { stdout } = await run(process.execPath, [contender(name), ...args], MOST_OUTPUT);
      return /** @type {Outcome} */ (JSON.parse(stdout));
    };
    const ceiling = (/** @type {string} */ file, { size, concurrency } = best) =>
      script('ceiling', [file, kratos.adminUrl, String(size), String(concurrency), String(cost)]);
    const recipe = (/** @type {string} */ file, mode = 'skip') =>
      script('recipe', [file, kratos.adminUrl, mode]);
    const own = (/** @type {string} */ file, input = {}) =>
      importUsers(client, { file: path.basename(file), ...input });

    /**
     * @param {Pick<Sample, 'file' | 'job' | 'who' | 'round' | 'rows'>} what
     * @param {() => Promise<unknown>} prepare
     * @param {() => Promise<Outcome>} work
     * @param {(outcome: Outcome) => boolean} isRight
     */
    const measure = async (what, prepare, work, isRight) => {
      for (let tries = 1; ; tries++) {
        await prepare();
        await kratos.settle();
        const before = await cpuOf(pids);
        const stolen = await stolenSince();
        const outcome = await work();
        const share = await stolen();
        const after = await cpuOf(pids);
        if (!isRight(outcome))
          throw new Error(`${JSON.stringify(what)}: ${JSON.stringify(outcome)}`);
        const { seconds } = outcome;
        const rowsPerSecond = what.rows / seconds;
        say(
          `cost ${cost}, ${what.file}, ${what.job}, ${what.who}: ${rowsPerSecond.toFixed(0)} rows/s, ${(share * 100).toFixed(0)} % stolen`,
        );
        if (share > MOST_STOLEN && tries < MOST_TRIES) continue;
        const cpu = Object.fromEntries(
          Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]),
        );
        samples.push({ ...what, seconds, rowsPerSecond, stolen: share, cpu });
        return;
      }
    };

    const warmUp = path.join(bench.importRoot, 'warm-up.csv');
    await writeCsv(warmUp, { rows: Math.min(rows, 2000) });
    for (const size of [200, 500, 1000]) {
      for (const concurrency of [1, 2, 3, 5]) {
        if (cost !== 8) break;
        await kratos.empty();
        const { seconds } = await ceiling(warmUp, { size, concurrency });
        sweep[`${size} × ${concurrency}`] = Math.min(rows, 2000) / seconds;
      }
    }
    const fastest = Object.entries(sweep).sort(([, a], [, b]) => b - a)[0]?.[0];
    const [size = 500, concurrency = 2] = fastest?.split(' × ').map(Number) ?? [];
    best = { size, concurrency };
    say(`cost ${cost}: the bare loop is fastest with batches of ${size}, ${concurrency} at once`);
    const noPasswords = path.join(bench.importRoot, 'everybody.csv');
    await writeCsv(noPasswords, { rows });
    // A worker that has just started compiles its code while it works, once.
    await kratos.empty();
    await own(warmUp);

    for (let round = 1; round <= rounds; round++) {
      for (const [name, hasPassword] of Object.entries(FILES)) {
        const file = path.join(bench.importRoot, `${name}.csv`.replaceAll(' ', '-'));
        const part = file.replace(/csv$/, 'part.csv');
        const changed = file.replace(/csv$/, 'changed.csv');
        const changedPart = file.replace(/csv$/, 'changed-part.csv');
        const isChanged = (/** @type {number} */ row) => row % 10 === 0;
        const slow = Math.min(slowRows, rows);
        await writeCsv(file, { rows, hasPassword });
        await writeCsv(part, { rows: slow, hasPassword });
        await writeCsv(changed, { rows, hasPassword, isChanged });
        await writeCsv(changedPart, { rows: slow, hasPassword, isChanged });

        const fresh = { file: name, job: 'fresh', round };
        /** @type {[string, number, () => Promise<Outcome>][]} */
        const contenders = [
          [OWN, rows, () => own(file)],
          ['bare loop', rows, () => ceiling(file)],
          ['recipe', slow, () => recipe(part)],
          ['kratos import', slow, () => kratosImport(kratos, part, () => undefined)],
          ['kratos import, random passwords', slow, () => kratosImport(kratos, part, randomUUID)],
        ];
        // Whoever is first finds another machine than whoever is last: each is, in turns.
        for (let i = 0; i < round; i++) contenders.push(/** @type {any} */ (contenders.shift()));
        for (const [who, many, work] of contenders) {
          if (who.endsWith('random passwords') && hasPassword(1)) continue; // nobody is without one
          await measure(
            { ...fresh, who, rows: many },
            () => kratos.empty(),
            work,
            () => true,
          );
          if ((await kratos.count()) !== many) throw new Error(`${who}: not everybody is there`);
        }
        if (cost !== 8) continue;

        const everybody = async () => {
          await kratos.empty();
          await ceiling(noPasswords);
        };
        const nothing = async () => {};
        const again = { file: name, job: 'again, skip', round };
        const update = { file: name, job: 'again, update of a tenth', round };
        const tenth = Math.ceil(rows / 10);
        await everybody();
        await measure(
          { ...again, who: OWN, rows },
          nothing,
          () => own(file),
          ({ skipped }) => skipped === rows,
        );
        await measure(
          { ...again, who: 'recipe', rows: slow },
          nothing,
          () => recipe(part),
          ({ skipped }) => skipped === slow,
        );
        await measure(
          { ...update, who: 'recipe', rows: slow },
          everybody,
          () => recipe(changedPart, 'update'),
          ({ updated }) => updated === slow,
        );
        await measure(
          { ...update, who: OWN, rows },
          everybody,
          () => own(changed, { mode: 'update' }),
          ({ updated, unchanged }) => updated === tenth && unchanged === rows - tenth,
        );
      }
    }
  });
  return { cost, rows, slowRows, rounds, best, sweep, samples };
}

/** @param {Record<string, number>} pids */
async function cpuOf(pids) {
  /** @type {Record<string, number>} */
  const seconds = {};
  for (const [name, pid] of Object.entries(pids)) seconds[name] = await cpuSeconds(pid);
  return seconds;
}

/**
 * Kratos's own command. It takes JSON, which is made before the time is taken.
 * @param {import('./servers.mjs').BenchKratos} kratos
 * @param {string} file
 * @param {() => string | undefined} passwordOf what whoever has no password gets
 */
async function kratosImport(kratos, file, passwordOf) {
  /** @type {Record<string, string>[]} */
  const rows = parse(await readFile(file), { columns: true });
  const identities = rows.map(({ initial_password, ...traits }) => {
    const password = initial_password || passwordOf();
    return {
      ...{ schema_id: 'demo', state: 'active', traits },
      ...(password && { credentials: { password: { config: { password } } } }),
    };
  });
  const json = `${file}.json`;
  await writeFile(json, JSON.stringify(identities));
  const started = performance.now();
  await run(
    kratos.binary,
    ['import', 'identities', json, '--endpoint', kratos.adminUrl, '--format', 'json'],
    MOST_OUTPUT,
  );
  return { seconds: (performance.now() - started) / 1000 };
}
