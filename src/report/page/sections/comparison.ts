/** A run of a source: beside the one before it, what is worth knowing of its rows, who is in none of them, the trend. */
import type { SourceCode } from '../../../contract/codes.js';
import type { CodeCount } from '../../../contract/findings.js';
import type { Comparison, Report, Trend } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { NIGHT_COUNT_NAMES, NIGHT_COUNTS } from '../../comparison.js';
import { LEAVER_OUTCOMES, LEAVERS } from '../../leavers.js';
import { NOTES } from '../../meanings.js';
import type { Line } from '../charts.js';
import { drawInBothSizes, key, timesTable } from '../figures.js';
import { moment } from '../format.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { describeCode, section, usersTable } from '../section.js';

export function comparisonSection(report: Report): Markup | undefined {
  const { comparison, trend, ending } = report;
  if (!comparison) return undefined;
  return section(
    ending === 'dry-run' ? 'What this run would be for its source' : 'This run of its source',
    html`<p>${describeSource(comparison)}</p>`,
    countsTable(report, comparison),
    notesTable(report),
    leaversTable(report),
    trend && trendFigure(trend),
  );
}

function describeSource({ source, scope, last }: Comparison): Part {
  const before = last
    ? html`The run before, <code>${name(last.run.workflowId)}</code>, began on
        ${moment(last.startedAt)}.`
    : 'It is the first run of the source.';
  return html`Source <strong>${name(source)}</strong>; its users who can sign in:
    ${formatNumber(scope)}. ${before}`;
}

/** What neither of the two runs has is left out. */
function countsTable({ rows }: Report, { last, ...counts }: Comparison): Markup {
  const told = NIGHT_COUNT_NAMES.filter(
    (each) => counts[each] > 0 || (last?.counts[each] ?? 0) > 0,
  );
  const toRow = (title: Part, now: number, before: number | undefined) =>
    html` <tr>
      <th scope="row">${title}</th>
      <td class="n">${formatNumber(now)}</td>
      ${before !== undefined && html`<td class="n soft">${formatNumber(before)}</td>`}
    </tr>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Users</th>
        <th scope="col" class="n">This run</th>
        ${last && html`<th scope="col" class="n">The run before</th>`}
      </tr>
    </thead>
    <tbody>
      ${told.map((each) => {
        const { what, means } = NIGHT_COUNTS[each];
        const title = html`${what}<span class="more">${means}</span>`;
        return toRow(title, counts[each], last?.counts[each]);
      })}
      ${toRow('rows in the file', rows.total, last?.rows)}
    </tbody>
  </table>`;
}

function notesTable({ notes = {} }: Report): Markup | undefined {
  const found = Object.entries(notes) as [SourceCode, CodeCount][];
  if (found.length === 0) return undefined;
  const described = found.map(([each, count]): [Part, CodeCount] => [
    describeCode(each, Object.hasOwn(NOTES, each) ? NOTES[each] : undefined),
    count,
  ]);
  return html`<h3>Worth knowing</h3>
    ${usersTable('What', described)}`;
}

function leaversTable({ leavers }: Report): Markup | undefined {
  const told = LEAVER_OUTCOMES.filter((outcome) => (leavers?.[outcome] ?? 0) > 0);
  if (!leavers || told.length === 0) return undefined;
  return html`<h3>Users of the source who are not in the file</h3>
    <table>
      <tbody>
        ${told.map(
          (outcome) =>
            html` <tr>
              <th scope="row"><span class="swatch ${outcome}"></span>${LEAVERS[outcome]}</th>
              <td class="n">${formatNumber(leavers[outcome])}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="note">Who they are: at the end of results.csv, without a line.</p>`;
}

const FEWEST_NIGHTS = 4;

function trendFigure(trend: Trend[]): Markup | undefined {
  const times = trend.map(({ startedAt }) => Date.parse(startedAt));
  if (trend.length < FEWEST_NIGHTS || !(times.at(-1)! > times[0]!)) return undefined;
  const lineOf = (style: Omit<Line, 'points'>, count: (typeof SHOWN)[number]): Line => ({
    ...style,
    points: trend.map(({ counts }, i) => [times[i]!, counts[count]]),
  });
  const lines = [
    lineOf({ colour: '--created', filled: true }, 'new'),
    lineOf({ colour: '--updated' }, 'changed'),
    lineOf({ colour: '--failed', dashed: true }, 'left'),
  ];
  const points = trend.map(({ startedAt: at, counts, scope }) => ({ at, counts, scope }));
  return html`<h3>The last ${trend.length} runs</h3>
    <figure>
      <figcaption>
        ${lines.map((line, i) => key(line, SHOWN[i]!))}users a run, days in UTC
      </figcaption>
      ${drawInBothSizes(lines)}
    </figure>
    ${timesTable(
      'The last runs',
      points,
      '',
      ['New', 'Changed', 'Left', 'Users'],
      ({ counts, scope }) => [...SHOWN.map((count) => counts[count]), scope],
    )}`;
}

const SHOWN = ['new', 'changed', 'left'] as const;
