/** Charts with their keys, and the same numbers as tables. */
import { formatNumber } from '../../format.js';
import type { Report } from '../../contract/report.js';
import { drawChart, type Line } from './charts.js';
import { mailLines, someOf } from './history.js';
import { moment, shortMoment } from './format.js';
import { html, type Markup } from './markup.js';

/** The most rows of the table beside a chart. */
const MOST_TIMES = 13;

/** Undefined when there are too few points for a chart. */
export function mailsFigure({ history, startedAt }: Report): Markup | undefined {
  const mails = mailLines(history.mails);
  if (!mails) return undefined;
  const anyFailed = history.mails.some(({ failed }) => failed > 0);
  const sent: Line = { colour: '--created', filled: true, points: mails.sent };
  const failed: Line = { colour: '--failed', dashed: true, points: mails.failed };
  const lines = anyFailed ? [sent, failed] : [sent];
  return html`<figure>
      <figcaption>
        ${key(sent, 'sent')}${anyFailed && key(failed, 'failed')}in all, times in UTC
      </figcaption>
      ${drawInBothSizes(lines)}
    </figure>
    ${timesTable('Mails so far', history.mails, startedAt, ['Sent', 'Failed'], (mail) => [mail.sent, mail.failed])}`;
}

/** The page's style shows the size that fits. */
export function drawInBothSizes(lines: Line[]): Markup {
  return html`<div class="wide">${drawChart(lines, 'wide')}</div>
    <div class="narrow">${drawChart(lines, 'narrow')}</div>`;
}

/** A line of the chart in words. */
export function key({ colour, dashed }: Line, text: string): Markup {
  return html`<span class="key"
    ><svg viewBox="0 0 26 8" aria-hidden="true" style="display:inline-block;width:26px">
      <path
        d="M0 4H26"
        stroke="var(${colour})"
        stroke-width="2.5"
        ${dashed === true && html`stroke-dasharray="6 4"`}
      ></path></svg
    >${text}</span
  >`;
}

/** The same numbers for readers who cannot see the chart. */
export function timesTable<P extends { at: string }>(
  title: string,
  points: P[],
  startedAt: string,
  columns: string[],
  values: (point: P) => number[],
): Markup {
  return html`<details>
    <summary>${title}, as a table</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          ${columns.map((column) => html`<th scope="col" class="n">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${someOf(points, MOST_TIMES).map(
          (point) =>
            html` <tr>
              <th scope="row">
                <time datetime="${point.at}" title="${moment(point.at)}"
                  >${shortMoment(point.at, startedAt)}</time
                >
              </th>
              ${values(point).map((value) => html`<td class="n">${formatNumber(value)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}
