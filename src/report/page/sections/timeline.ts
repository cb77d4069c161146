import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { lasted, moment, shortMoment } from '../format.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

export function timelineSection(report: Report): Markup | undefined {
  const { timeline, timelineLeftOut = 0, startedAt, finishedAt } = report;
  const entries = [
    { at: startedAt, by: 'operator', text: 'Started.' },
    ...timeline,
    {
      at: finishedAt,
      by: 'import',
      text: `Report written, after ${lasted(startedAt, finishedAt)}.`,
    },
  ];
  return section(
    'Timeline',
    timelineLeftOut > 0 &&
      html`<p class="soft">${formatNumber(timelineLeftOut)} older entries are left out.</p>`,
    html`<table class="stack">
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          <th scope="col">By</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(
          ({ at, by, text }) =>
            html` <tr>
              <td class="inline whole">
                <time datetime="${at}" title="${moment(at)}">${shortMoment(at, startedAt)}</time>
              </td>
              <td class="inline soft">${by}</td>
              <td>${name(text)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}
