import type { Report } from '../../../contract/report.js';
import { drawInBothSizes, timesTable } from '../figures.js';
import { paceOf } from '../history.js';
import { html, type Markup } from '../markup.js';
import { section } from '../section.js';

export function paceSection(report: Report): Markup | undefined {
  const { history, startedAt } = report;
  const pace = paceOf(history.rows);
  if (!pace) return undefined;
  const what = report.ending === 'dry-run' ? 'Rows checked' : 'Rows done';
  return section(
    'Pace',
    html`<figure>
      <figcaption>${what} a ${pace.unit}, times in UTC</figcaption>
      ${drawInBothSizes([{ colour: '--created', filled: true, points: pace.points }])}
    </figure>`,
    timesTable(`${what} so far`, history.rows, startedAt, ['Rows'], ({ done }) => [done]),
  );
}
