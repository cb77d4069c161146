/** The pictures of a report: how fast the rows went in, and how the mails went out. */
import { formatNumber } from '../../format.js';
import type { History, Report } from '../../contract/report.js';
import type { Chart, Line } from './charts.js';
import { mailLines, paceOf, someOf } from './history.js';
import { moment, shortMoment } from './format.js';
import { html, Markup } from './markup.js';
import { section } from './section.js';

/** Times that the table beside a chart has. */
const MOST_TIMES = 13;

export async function paceSection(report: Report): Promise<Markup | undefined> {
  const { history, startedAt } = report;
  const pace = paceOf(history.rows);
  if (!pace) return undefined;
  const what = report.ending === 'dry-run' ? 'Rows looked at' : 'Rows done';
  const lines: Line[] = [{ colour: '--created', filled: true, points: pace.points }];
  return section(
    'Pace',
    html`<figure>
      <figcaption>${what} a ${pace.unit}, times in UTC</figcaption>
      ${await drawn({ id: 'pace', lines })}
    </figure>`,
    timesTable('Rows done so far', history.rows, startedAt, ['Rows'], ({ done }) => [done]),
  );
}

/** Undefined when there is not enough for a picture. */
export async function mailsFigure({ history, startedAt }: Report): Promise<Markup | undefined> {
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
      ${await drawn({ id: 'mails', lines })}
    </figure>
    ${timesTable('Mails so far', history.mails, startedAt, ['Sent', 'Failed'], (mail) => [mail.sent, mail.failed])}`;
}

/** In both sizes; the page's style shows the one that fits. */
async function drawn(chart: Chart): Promise<Markup> {
  const { drawChart } = await import('./charts.js');
  const svg = (size: 'wide' | 'narrow') => new Markup(drawChart(chart, size));
  return html`<div class="wide">${svg('wide')}</div>
    <div class="narrow">${svg('narrow')}</div>`;
}

function key({ colour, dashed }: Line, text: string): Markup {
  return html`<span class="key"
    ><svg viewBox="0 0 26 8" aria-hidden="true" style="display:inline-block;width:26px">
      <path
        d="M0 4H26"
        stroke="var(${colour})"
        stroke-width="2.5"
        ${dashed ? new Markup(' stroke-dasharray="6 4"') : undefined}
      ></path></svg
    >${text}</span
  >`;
}

/** The same numbers for those who cannot see the chart. */
function timesTable<P extends History['rows'][number] | History['mails'][number]>(
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
