/** Rows by what they came to: a bar for the eye, and the same as a table. */
import { OUTCOMES, type Outcome } from '../../contract/import/outcomes.js';
import { formatNumber } from '../../format.js';
import type { Report } from '../../contract/report.js';
import { share } from './format.js';
import { html, type Markup } from './markup.js';
import { section } from './section.js';

const MEANS: Record<Outcome, string> = {
  created: 'new, made by this run',
  updated: 'were there, and what differed was changed',
  unchanged: 'were there, and nothing differed',
  skipped: 'were there, and were left as they are',
  would_create: 'would be new',
  would_update: 'are there, and something would be changed',
  would_skip: 'are there, and would be left as they are',
  failed: 'Kratos refused the row',
  invalid: 'validation refused the row',
  undecided: 'the run ended before the answer was known',
  unprocessed: 'the run did not come to the row',
};

export function outcomesSection({ rows, ending }: Report): Markup | undefined {
  if (rows.total === 0) return undefined;
  return section('Rows', outcomesTable(rows, ending === 'dry-run'));
}

/** @param isDry nothing was imported, and nothing was to be */
export function outcomesTable(rows: Report['rows'], isDry: boolean): Markup {
  const there = OUTCOMES.filter((outcome) => rows[outcome] > 0);
  const said = there.map((outcome) => `${formatNumber(rows[outcome])} ${label(outcome, isDry)}`);
  return html`<div class="bar" role="img" aria-label="${said.join(', ')}">
      ${there.map(
        (outcome) => html`<span class="${outcome}" style="flex-grow:${rows[outcome]}"></span>`,
      )}
    </div>
    <table>
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col" class="n">Rows</th>
          <th scope="col" class="n">Share</th>
          <th scope="col" class="aside">Means</th>
        </tr>
      </thead>
      <tbody>
        ${there.map(
          (outcome) =>
            html` <tr>
              <th scope="row"><span class="swatch ${outcome}"></span>${label(outcome, isDry)}</th>
              <td class="n">${formatNumber(rows[outcome])}</td>
              <td class="n soft">${share(rows[outcome], rows.total)}</td>
              <td class="soft aside">${means(outcome, isDry)}</td>
            </tr>`,
        )}
        <tr class="total">
          <th scope="row">in the file</th>
          <td class="n">${formatNumber(rows.total)}</td>
          <td></td>
          <td class="aside"></td>
        </tr>
      </tbody>
    </table>`;
}

/** In a dry run of the file alone, a row that nothing was done to is a valid one. */
function label(outcome: Outcome, isDry: boolean): string {
  return isDry && outcome === 'unprocessed' ? 'valid' : outcome.replace('_', ' ');
}

function means(outcome: Outcome, isDry: boolean): string {
  return isDry && outcome === 'unprocessed' ? 'validation found nothing wrong' : MEANS[outcome];
}
