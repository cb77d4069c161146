// Writes the tables and the chart of docs/performance.md and docs/scale.md from dev/bench/results/. Usage: node
// dev/bench/render.mjs
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import * as echarts from 'echarts';
import { format, resolveConfig } from 'prettier';
import { formatNumber } from '../../dist/src/format.js';
import { DOLLARS_A_MILLION } from './cloud-actions.mjs';
import { coresModel } from './cores.mjs';
import {
  AGAIN,
  ALL,
  FRESH,
  KRATOS_IMPORT,
  KRATOS_IMPORT_RANDOM,
  LOOP,
  NONE,
  OWN,
  RECIPE,
  UNDO,
  UPDATE_ALL,
  UPDATE_TENTH,
} from './labels.mjs';
import { renderMails } from './render-mails.mjs';
import { withoutIndex } from './scale.mjs';
import { median } from './stats.mjs';

export const RESULTS = new URL('results/', import.meta.url);
const DOCS = new URL('../../docs/', import.meta.url);
const BY_ONE = [RECIPE, KRATOS_IMPORT, KRATOS_IMPORT_RANDOM];
/** What an import may cost beside Kratos, at most. */
const REACH = { msARow: 0.15, eventsARow: 0.02, endsSeconds: 0.5, restSeconds: 3 };

/** Writes what the results that are there can tell. */
export async function render() {
  /** @type {Record<string, any>} */
  const parts = {};
  for (const name of [
    'sweep',
    'fresh',
    'alternatives',
    'again',
    'cost-12',
    'costs',
    'validation',
    'start-up',
    'hashing',
    'workers',
    'mails',
    'scale',
    'cores',
  ]) {
    const text = await readFile(new URL(`${name}.json`, RESULTS), 'utf8').catch(() => undefined);
    if (text !== undefined) parts[name] = JSON.parse(text);
  }
  const { fresh, alternatives } = parts;
  /** @type {Record<string, string>} */
  const tables = {};
  if (parts['sweep']) tables['sweep'] = sweep(parts['sweep']);
  if (fresh) tables['fresh'] = pairs(fresh);
  if (fresh && alternatives) {
    tables['fresh-cpu'] = processors([
      ...fresh.result.samples,
      ...alternatives.result.samples.filter((/** @type {Sample} */ { who }) => who === RECIPE),
    ]);
  }
  if (alternatives) tables['alternatives'] = oneByOne(alternatives);
  if (parts['again']) tables['again'] = again(parts['again']);
  if (parts['cost-12']) {
    tables['cost-12'] = pairs(parts['cost-12']);
    tables['cost-12-alternatives'] = oneByOne(parts['cost-12']);
  }
  if (parts['costs']) tables['costs'] = costs(parts['costs']);
  if (parts['validation']) tables['validation'] = validation(parts['validation']);
  if (parts['start-up']) tables['start-up'] = startUp(parts['start-up']);
  if (parts['hashing']) tables['hashing'] = hashing(parts['hashing']);
  if (parts['workers']) tables['workers'] = workers(parts['workers']);
  if (parts['mails']) tables['mails'] = renderMails(parts['mails'], table);
  if (parts['scale']) {
    tables['scale'] = scale(parts['scale']);
    tables['ten-million'] = tenMillion(parts);
  }
  if (parts['cores']) {
    tables['cores'] = cores(parts['cores']);
    tables['cores-elsewhere'] = coresElsewhere(parts['cores']);
  }
  for (const page of ['performance.md', 'scale.md']) await fill(new URL(page, DOCS), tables);
  if (fresh && alternatives) {
    const picture = new URL('pictures/performance.svg', DOCS);
    const of = (/** @type {any} */ { result }, /** @type {string[]} */ who) =>
      result.samples.filter((/** @type {Sample} */ sample) => who.includes(sample.who));
    await writeFile(picture, chart([...of(fresh, [OWN, LOOP]), ...of(alternatives, BY_ONE)]));
  }
}

/** @typedef {import('./compare.mjs').Sample} Sample */

/** @param {Sample[]} samples */
function select(samples, /** @type {Partial<Sample>} */ wanted) {
  return samples.filter((sample) =>
    Object.entries(wanted).every(([key, is]) => sample[/** @type {keyof Sample} */ (key)] === is),
  );
}

/** @param {Sample[]} samples */
function medianOf(samples, /** @type {Partial<Sample>} */ wanted) {
  const rates = select(samples, wanted).map(({ rowsPerSecond }) => rowsPerSecond);
  return rates.length > 0 ? median(rates) : undefined;
}

/** Ours to another's of the same round. @param {Sample[]} samples */
function ratiosOf(samples, /** @type {Partial<Sample>} */ wanted, /** @type {string} */ who) {
  const others = select(samples, { ...wanted, who });
  return select(samples, { ...wanted, who: OWN }).flatMap((own) => {
    const other = others.find(({ round }) => round === own.round);
    return other ? [own.rowsPerSecond / other.rowsPerSecond] : [];
  });
}

/** The median, and what it is the median of. */
function withRounds(/** @type {number[]} */ values, /** @type {number} */ digits) {
  if (values.length === 0) return '–';
  return `**${fixed(median(values), digits)}** (${values.map((value) => fixed(value, digits)).join(' ')})`;
}

/** @param {any} part */
function howOf({ measuredAt, machine, result: { rounds, cost } }) {
  return `Measured ${measuredAt.slice(0, 10)} on ${machine}; bcrypt cost ${cost ?? 8}; ${rounds === 1 ? 'one round' : `${rounds} rounds`}, in turns.`;
}

/** @param {any} part */
function sweep({ result }) {
  /** @type {[string, import('./sweep.mjs').Tried[]][]} */
  const files = Object.entries(result).map(([file, { tried }]) => [file, tried]);
  return table(
    ['file', 'ways tried', 'the fastest, in rows/s', 'the slowest, in rows/s'],
    files.map(([file, tried]) => {
      const ranked = tried.toSorted((a, b) => median(b.rates) - median(a.rates));
      // Those of several rounds; the others could be lucky ones.
      const most = Math.max(...tried.map(({ rates }) => rates.length));
      const finals = ranked.filter(({ rates }) => rates.length === most);
      const said = (/** @type {import('./sweep.mjs').Tried} */ { size, concurrency, rates }) =>
        `${size} × ${concurrency}: ${fixed(median(rates), 0)}`;
      return [file, tried.length, finals.map(said).join(', '), ranked.slice(-1).map(said).join()];
    }),
  );
}

/** This project and the bare loop, round by round. @param {any} part */
function pairs(part) {
  const { samples, rows, batches } = part.result;
  const lines = [];
  for (const file of Object.keys(rows)) {
    const ratios = ratiosOf(samples, { file }, LOOP);
    const idle = (/** @type {string} */ who) =>
      select(samples, { file, who }).map((sample) => fixed(sample.idle * 100, 0));
    for (const who of [OWN, LOOP]) {
      const rates = select(samples, { file, who }).map(({ rowsPerSecond }) => rowsPerSecond);
      const { size, concurrency } = batches[file];
      lines.push([
        who === OWN ? `${file}, ${formatNumber(rows[file])} rows` : '',
        who === OWN ? who : `${who}, ${size} × ${concurrency}`,
        ...[withRounds(rates, 0), `${idle(who).join(' ')} %`],
        who === OWN ? withRounds(ratios, 2) : '',
      ]);
    }
  }
  const head = ['file', 'who', 'rows/s', 'processor idle', 'ratio'];
  return `${howOf(part)} Medians, and all rounds; rows a batch × batches at once.\n\n${table(head, lines)}`;
}

/** @param {any} part */
function oneByOne(part) {
  const { samples, rows, slowRows } = part.result;
  const lines = Object.keys(rows).map((file) => [
    `${file}, ${formatNumber(rows[file])} rows`,
    ...[OWN, ...BY_ONE].map((who) => fixed(medianOf(samples, { file, who }), 0)),
    ...BY_ONE.map((who) => withRounds(ratiosOf(samples, { file }, who), 1)),
  ]);
  const head = [
    ...['file', ...[OWN, ...BY_ONE].map((who) => `${who}, rows/s`)],
    ...BY_ONE.map((who) => `to ${who}`),
  ];
  return `${howOf(part)} The others than this project: the first ${slowRows} rows.\n\n${table(head, lines)}`;
}

/** @param {any} part */
function again(part) {
  const { samples, rows, changedRows, slowRows, atOnce } = part.result;
  const lines = [AGAIN, UPDATE_TENTH, UPDATE_ALL, UNDO].map((job) => {
    const many = [AGAIN, UPDATE_TENTH].includes(job) ? rows : changedRows;
    // The recipe sends as much for a tenth as for every row.
    const recipe = job === UPDATE_TENTH ? UPDATE_ALL : job;
    const recipeRate = medianOf(samples, { job: recipe, who: RECIPE });
    const rates = select(samples, { job, who: OWN }).map(({ rowsPerSecond }) => rowsPerSecond);
    return [
      `${job}, ${formatNumber(many)} rows`,
      withRounds(rates, 0),
      fixed(medianOf(samples, { job, who: LOOP }), 0),
      fixed(recipeRate, 0),
      withRounds(ratiosOf(samples, { job }, LOOP), 2),
      fixed(recipeRate && median(rates) / recipeRate, 1),
    ];
  });
  const head = [
    ...['job', `${OWN}, rows/s`, `${LOOP}, rows/s`, `${RECIPE}, rows/s`],
    ...[`to ${LOOP}`, `to ${RECIPE}`],
  ];
  return `${howOf(part)} The recipe: ${slowRows} rows. The bare loop: ${atOnce.update} changes, ${atOnce.delete} deletions at once.\n\n${table(head, lines)}`;
}

/** @param {any} part */
function costs(part) {
  const { shares, ends, rests, rows } = part.result;
  const lines = [];
  for (const many of new Set(shares.map((/** @type {any} */ share) => share.rows))) {
    const of = shares.filter((/** @type {any} */ share) => share.rows === many);
    const pick = (/** @type {(share: any) => number} */ value) => of.map(value);
    const sized = `${formatNumber(Number(many))} rows`;
    const ms = (/** @type {string} */ who) => `${who}, milliseconds of a processor a row, ${sized}`;
    lines.push(
      [
        ms('worker'),
        withRounds(
          pick(({ worker }) => worker),
          3,
        ),
        '',
      ],
      [
        ms('Temporal'),
        withRounds(
          pick(({ temporal }) => temporal),
          3,
        ),
        '',
      ],
      [
        ms('both'),
        withRounds(
          pick(({ worker, temporal }) => worker + temporal),
          3,
        ),
        REACH.msARow,
      ],
      [
        `history events a row, ${sized}`,
        withRounds(
          pick(({ events }) => events),
          4,
        ),
        REACH.eventsARow,
      ],
    );
  }
  const end = (/** @type {(end: any) => number} */ value) => withRounds(ends.map(value), 2);
  const sized = `${formatNumber(rows)} rows`;
  lines.push(
    [`seconds from start to the first batch, ${sized}`, end(({ before }) => before), ''],
    [`seconds from the last batch’s answer to the result, ${sized}`, end(({ after }) => after), ''],
    ['both', end(({ before, after }) => before + after), REACH.endsSeconds],
  );
  for (const file of new Set(rests.map((/** @type {any} */ rest) => rest.file))) {
    const seconds = rests
      .filter((/** @type {any} */ rest) => rest.file === file)
      .map((/** @type {any} */ rest) => rest.seconds);
    const most = `**${fixed(Math.max(...seconds), 1)}** (${seconds.map((/** @type {number} */ each) => fixed(each, 1)).join(' ')})`;
    lines.push([`seconds from \`pause\` to rest, ${file}: the longest`, most, REACH.restSeconds]);
  }
  return `${howOf(part)} Medians, and all rounds.\n\n${table(['', '', 'wanted at most'], lines)}`;
}

/** @param {Sample[]} samples */
function processors(samples) {
  const lines = [];
  for (const file of new Set(samples.map((sample) => sample.file))) {
    for (const who of [OWN, LOOP, RECIPE]) {
      const of = select(samples, { job: FRESH, file, who });
      const aRow = (/** @type {(cpu: Record<string, number>) => number} */ pick) =>
        median(of.map(({ cpu, rows }) => (pick(cpu) * 1000) / rows)).toFixed(2);
      const servers = ['kratos', 'postgres', 'temporal', 'worker'];
      lines.push([
        file,
        who,
        ...servers.map((name) => aRow((cpu) => cpu[name] ?? 0)),
        aRow((cpu) => (cpu['own'] ?? 0) - servers.reduce((sum, name) => sum + (cpu[name] ?? 0), 0)),
        aRow((cpu) => cpu['own'] ?? 0),
      ]);
    }
  }
  return table(
    ['file', 'who', 'Kratos', 'Postgres', 'Temporal', 'worker', 'the script itself', 'together'],
    lines,
  );
}

/** @param {any} part */
function validation({ result: { rows, rounds, csvParse, validation: own, ratio } }) {
  return table(
    ['', 'rows/s'],
    [
      ['csv-parse alone, into arrays', fixed(median(csvParse), 0)],
      ['validation, schema check and chunk plan', fixed(median(own), 0)],
      [`ratio, median of ${rounds} rounds of ${formatNumber(rows)} rows`, fixed(ratio, 2)],
    ],
  );
}

/** @param {any} part */
function startUp({ measuredAt, machine, result: { rounds, times } }) {
  const [bare = NaN] = Object.values(times).map((each) => median(each));
  const lines = Object.entries(times).map(([name, each]) => [
    `\`${name}\``,
    fixed(median(each), 0),
    fixed(median(each) / bare, 1),
  ]);
  const how = `Measured ${measuredAt.slice(0, 10)} on ${machine}; medians of ${rounds} rounds, in turns.`;
  return `${how}\n\n${table(['', 'milliseconds', 'times `node -e 0`'], lines)}`;
}

/** @param {any} part */
function hashing({ measuredAt, machine, result: { cost, passwords, rounds, times, ratio } }) {
  const medians = (/** @type {{wall: number[], cpu: number[]}} */ { wall, cpu }) =>
    [wall, cpu].map((each) => fixed(median(each), 1));
  const how = `Measured ${measuredAt.slice(0, 10)} on ${machine}; bcrypt cost ${cost}; medians of ${rounds} rounds of ${passwords} passwords, in turns.`;
  const lines = [
    ['this project', ...medians(times.own)],
    ['the package `bcrypt`', ...medians(times.bcrypt)],
    ['ratio', fixed(ratio, 2), ''],
  ];
  const head = ['', 'milliseconds a hash, all cores at it', 'of a core’s time, in milliseconds'];
  return `${how}\n\n${table(head, lines)}`;
}

/** @param {any} part */
function workers({ result }) {
  return table(
    ['file', 'workers', 'rows/s'],
    result.map((/** @type {any} */ point) => [
      point.file,
      point.workers,
      fixed(point.rowsPerSecond, 0),
    ]),
  );
}

/** @param {any} part */
function scale({ result }) {
  const mib = (/** @type {number} */ bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
  /** @type {number[]} */
  const settings = [...new Set(result.map((/** @type {any} */ { concurrency }) => concurrency))];
  return settings
    .map((concurrency) => {
      const runs = result.filter((/** @type {any} */ run) => run.concurrency === concurrency);
      /** @type {(name: string, cell: (run: any) => string) => string[]} */
      const line = (name, cell) => [name, ...runs.map(cell)];
      return table(
        [
          `\`"concurrency":${concurrency}\``,
          ...runs.map((/** @type {any} */ { rows }) => `${formatNumber(rows)} rows`),
        ],
        [
          line('rows/s', (run) => fixed(run.rowsPerSecond, 0)),
          line('peak memory of the worker', (run) => mib(run.peakBytes)),
          line('the same without 24 bytes a row', (run) => mib(withoutIndex(run))),
          line(`that, to ${formatNumber(runs[0].rows)} rows`, (run) =>
            fixed(withoutIndex(run) / withoutIndex(runs[0]), 2),
          ),
          line('start of the worker', (run) => `${fixed(run.workerStartSeconds, 1)} s`),
          line(
            'from the start of the import to its first chunk',
            (run) => `${fixed(run.secondsToFirstChunk, 1)} s`,
          ),
          line('history events a row', (run) => fixed(run.events / run.rows, 4)),
          line('actions a row, as Temporal Cloud counts them', (run) =>
            fixed(run.actions / run.rows, 4),
          ),
        ],
      );
    })
    .join('\n\n');
}

const COMPUTED_CORES = [4, 8, 16];

/** @param {any} part */
function cores({ measuredAt, machine, result: { cost, onCores } }) {
  /** @type {import('./cores.mjs').OnCores[]} */
  const measured = onCores;
  const files = [...new Set(measured.map(({ file }) => file))];
  const of = files.map((file) => measured.filter((each) => each.file === file));
  const models = of.map(coresModel);
  const counts = [...new Set(measured.map((each) => each.cores))];
  const lines = [...counts, ...COMPUTED_CORES].map((count) => [
    count,
    ...of.flatMap((each, i) => [
      fixed(each.find((one) => one.cores === count)?.rowsPerSecond, 0),
      fixed(models[i]?.rate(count), 0),
    ]),
    ...[of.at(-1)?.find((one) => one.cores === count)?.hashingThreads ?? '–'],
  ]);
  const how = `Measured ${measuredAt.slice(0, 10)} on ${machine}, all servers on the first cores of it; bcrypt cost ${cost}.`;
  const bends = models.map(
    ({ main, together, bound, bend }, i) =>
      `- **${files[i]}**: the worker's main thread takes ${fixed(main, 2)} of ${fixed(together, 2)} ms a row. It is full at ${formatNumber(Math.round(bound))} rows/s, which takes ${Math.round(bend)} cores: more of them need a second worker.`,
  );
  const rates = files.flatMap((file) => [`${file}, rows/s, measured`, 'computed']);
  return [how, table(['cores', ...rates, 'hashing threads'], lines), bends.join('\n')].join('\n\n');
}

/** @param {any} part */
function coresElsewhere({ result: { elsewhere } }) {
  return table(
    ['batches that Kratos does at once', 'rows/s', 'of what this Kratos can do'],
    elsewhere.map((/** @type {any} */ { atOnce, rowsPerSecond, most }) => [
      atOnce,
      fixed(rowsPerSecond, 0),
      `${Math.round((rowsPerSecond / most) * 100)} %`,
    ]),
  );
}

/** @param {Record<string, any>} parts */
function tenMillion({ scale: { result }, ...parts }) {
  const rows = 10_000_000;
  const large = result.at(-1);
  const actions = (large.actions / large.rows) * rows;
  const lines = [
    ['Temporal Cloud, actions', formatNumber(Math.round(actions))],
    ['Temporal Cloud, cost of them', `$${((actions / 1e6) * DOLLARS_A_MILLION).toFixed(2)}`],
    ['history events', formatNumber(Math.round((large.events / large.rows) * rows))],
    ['memory for repeated addresses', `${Math.round((24 * rows) / 2 ** 20)} MiB`],
    [
      `the worker alone, at the speed of ${formatNumber(large.rows)} rows`,
      hours(rows / large.rowsPerSecond),
    ],
  ];
  if (parts['validation']) {
    lines.push(['validation', hours(rows / median(parts['validation'].result.validation))]);
  }
  for (const file of [NONE, ALL]) {
    const { fresh } = parts;
    const rate = fresh && medianOf(fresh.result.samples, { who: OWN, file });
    if (rate) lines.push([`import, ${file}, bcrypt cost 8, all on two cores`, hours(rows / rate)]);
  }
  lines.push(
    ['10,000,000 invitations at 60 a minute', hours(rows / 1)],
    ['the same at 6,000 a minute', hours(rows / 100)],
  );
  return table(['10,000,000 rows, computed from what was measured', ''], lines);
}

/** @param {Sample[]} samples */
function chart(samples) {
  const files = [...new Set(samples.map(({ file }) => file))];
  const shown = [RECIPE, KRATOS_IMPORT, LOOP, OWN];
  const page = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 340 });
  page.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: ['#b0b7c3', '#7d8899', '#8fb8ff', '#1f5fd0'],
    legend: { bottom: 0 },
    grid: { left: 60, right: 20, top: 30, bottom: 60 },
    xAxis: { type: 'category', data: files },
    yAxis: { type: 'value', name: 'rows a second' },
    series: shown.map((who) => ({
      ...{ type: 'bar', name: who, label: { show: true, position: 'top' } },
      data: files.map((file) => Math.round(medianOf(samples, { job: FRESH, file, who }) ?? 0)),
    })),
  });
  const svg = page.renderToSVGString();
  page.dispose();
  return `${svg}\n`;
}

/** @param {URL} page between whose markers the tables go */
async function fill(page, /** @type {Record<string, string>} */ tables) {
  let text = await readFile(page, 'utf8');
  for (const [name, content] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- measured: ${name} -->)[^]*?(<!-- end -->)`);
    text = text.replace(place, (_, begin, end) => `${begin}\n\n${content}\n\n${end}`);
  }
  const path = fileURLToPath(page);
  await writeFile(page, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

/** @param {string[]} head */
function table(head, /** @type {(string | number)[][]} */ lines) {
  const row = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}

function fixed(/** @type {number | undefined} */ value, /** @type {number} */ digits) {
  return value === undefined ? '–' : value.toFixed(digits);
}

/** As exact as what is computed from other sizes may be told. */
function hours(/** @type {number} */ seconds) {
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

if (argv[1] === fileURLToPath(import.meta.url)) await render();
