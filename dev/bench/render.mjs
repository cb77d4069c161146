// Writes the tables and the chart of docs/performance.md and docs/scale.md from dev/bench/results/. Usage: node
// dev/bench/render.mjs
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import * as echarts from 'echarts';
import { format, resolveConfig } from 'prettier';
import { formatNumber } from '../../dist/src/format.js';
import { DOLLARS_A_MILLION } from './cloud-actions.mjs';
import {
  AGAIN,
  FRESH,
  KRATOS_IMPORT,
  KRATOS_IMPORT_RANDOM,
  LOOP,
  OWN,
  RECIPE,
  UPDATE,
} from './labels.mjs';
import { renderMails } from './render-mails.mjs';
import { median } from './stats.mjs';

export const RESULTS = new URL('results/', import.meta.url);
const DOCS = new URL('../../docs/', import.meta.url);
const WHO = [OWN, LOOP, RECIPE, KRATOS_IMPORT, KRATOS_IMPORT_RANDOM];
const JOBS = [FRESH, AGAIN, UPDATE];

/** Writes what the results that are there can tell. */
export async function render() {
  /** @type {Record<string, any>} */
  const parts = {};
  for (const name of [
    'cost-8',
    'cost-12',
    'validation',
    'start-up',
    'hashing',
    'workers',
    'mails',
    'scale',
  ]) {
    const text = await readFile(new URL(`${name}.json`, RESULTS), 'utf8').catch(() => undefined);
    if (text !== undefined) parts[name] = JSON.parse(text);
  }
  /** @type {Record<string, string>} */
  const tables = {};
  for (const cost of ['cost-8', 'cost-12']) {
    if (!parts[cost]) continue;
    tables[cost] = speeds(parts[cost]);
  }
  if (parts['cost-8']) tables['cost-8-cpu'] = processors(parts['cost-8'].result.samples);
  if (parts['validation']) tables['validation'] = validation(parts['validation']);
  if (parts['start-up']) tables['start-up'] = startUp(parts['start-up']);
  if (parts['hashing']) tables['hashing'] = hashing(parts['hashing']);
  if (parts['workers']) tables['workers'] = workers(parts['workers']);
  if (parts['mails']) tables['mails'] = renderMails(parts['mails'], table);
  if (parts['scale']) {
    tables['scale'] = scale(parts['scale']);
    tables['ten-million'] = tenMillion(parts);
  }
  for (const page of ['performance.md', 'scale.md']) await fill(new URL(page, DOCS), tables);
  if (parts['cost-8']) {
    const picture = new URL('pictures/performance.svg', DOCS);
    await writeFile(picture, chart(parts['cost-8'].result.samples));
  }
}

/** @typedef {import('./compare.mjs').Sample} Sample */

/** @param {Sample[]} samples */
function medianOf(samples, /** @type {Partial<Sample>} */ wanted) {
  const rates = samples
    .filter((sample) =>
      Object.entries(wanted).every(([key, is]) => sample[/** @type {keyof Sample} */ (key)] === is),
    )
    .map(({ rowsPerSecond }) => rowsPerSecond);
  return rates.length > 0 ? median(rates) : undefined;
}

/** @param {any} part */
function speeds({ measuredAt, machine, result }) {
  const { samples, rows, slowRows, rounds, best, sweep, cost } = result;
  const lines = [];
  for (const job of JOBS) {
    for (const file of new Set(samples.map((/** @type {Sample} */ sample) => sample.file))) {
      const rates = WHO.map((who) => medianOf(samples, { job, file, who }));
      if (rates[0] === undefined) continue;
      const ratios = rates.slice(1).map((rate) => rate && (rates[0] ?? NaN) / rate);
      lines.push([
        `${file}, ${formatNumber(rows[file])} rows`,
        job,
        ...rates.map((rate) => fixed(rate, 0)),
        ...ratios.map((ratio) => fixed(ratio, 2)),
      ]);
    }
  }
  const ratioTo = WHO.slice(1).map((who) => `to ${who}`);
  const how = `Measured ${measuredAt.slice(0, 10)} on ${machine}; bcrypt cost ${cost}; ${rounds === 1 ? 'one round' : `${rounds} rounds`}, in turns. The recipe and \`kratos import\`: the first ${slowRows} rows. The bare loop: ${best.size} rows a batch, ${best.concurrency} at once, the fastest of ${sweep.length} ways.`;
  return `${how}\n\n${table(['file', 'job', ...WHO.map((who) => `${who}, rows/s`), ...ratioTo], lines)}`;
}

/** @param {Sample[]} samples */
function processors(samples) {
  const lines = [];
  for (const file of new Set(samples.map((sample) => sample.file))) {
    for (const who of [OWN, LOOP, RECIPE]) {
      const of = samples.filter(
        (sample) => sample.job === FRESH && sample.file === file && sample.who === who,
      );
      const aRow = (/** @type {(cpu: Record<string, number>) => number} */ pick) =>
        median(of.map(({ cpu, rows }) => (pick(cpu) * 1000) / rows)).toFixed(2);
      const servers = ['kratos', 'postgres', 'temporal', 'worker'];
      lines.push([
        file,
        who,
        ...servers.map((name) => aRow((cpu) => cpu[name] ?? 0)),
        aRow((cpu) => (cpu['own'] ?? 0) - servers.reduce((sum, name) => sum + (cpu[name] ?? 0), 0)),
        aRow((cpu) => cpu['own'] ?? 0),
        `${(median(of.map(({ idle }) => idle)) * 100).toFixed(0)} %`,
      ]);
    }
  }
  return table(
    [
      ...['file', 'who', 'Kratos', 'Postgres', 'Temporal', 'worker', 'the script itself'],
      ...['together', 'processor idle'],
    ],
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
  return table(
    ['', ...result.map((/** @type {any} */ { rows }) => `${formatNumber(rows)} rows`)],
    [
      ['rows/s', ...result.map((/** @type {any} */ run) => fixed(run.rowsPerSecond, 0))],
      ['peak memory of the worker', ...result.map((/** @type {any} */ run) => mib(run.peakBytes))],
      [
        'the same without 24 bytes a row',
        ...result.map((/** @type {any} */ run) => mib(run.peakBytes - 24 * run.rows)),
      ],
      [
        'start of the worker',
        ...result.map((/** @type {any} */ run) => `${fixed(run.workerStartSeconds, 1)} s`),
      ],
      [
        'from the start of the import to its first chunk',
        ...result.map((/** @type {any} */ run) => `${fixed(run.secondsToFirstChunk, 1)} s`),
      ],
      [
        'history events a row',
        ...result.map((/** @type {any} */ run) => fixed(run.events / run.rows, 4)),
      ],
      [
        'actions a row, as Temporal Cloud counts them',
        ...result.map((/** @type {any} */ run) => fixed(run.actions / run.rows, 4)),
      ],
    ],
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
  for (const file of ['no passwords', 'all with a password']) {
    const rate =
      parts['cost-8'] && medianOf(parts['cost-8'].result.samples, { job: FRESH, who: OWN, file });
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
