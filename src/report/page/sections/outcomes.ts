/** The rows by outcome, as a bar and as a table. */
import { OUTCOMES, type Outcome } from '../../../contract/import/outcomes.js';
import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { share } from '../format.js';
import { html, type Markup } from '../markup.js';
import { section } from '../section.js';

const MEANS: Record<Outcome, string> = {
  created: 'new users, created by this run',
  updated: 'existing users, changed where they differed',
  unchanged: 'existing users, nothing differed',
  skipped: 'existing users, left as they are',
  left_alone: 'existing users, beyond what this import may change',
  would_create: 'new users, would be created',
  would_update: 'existing users, would be changed',
  would_skip: 'existing users, would be left as they are',
  failed: 'Kratos refused the row',
  invalid: 'validation refused the row',
  undecided: 'the run ended before the answer was known',
  unprocessed: 'the run did not reach the row',
};

export function outcomesSection({ rows, ending }: Report): Markup | undefined {
  if (rows.total === 0) return undefined;
  return section('Rows', outcomesTable(rows, ending === 'dry-run'));
}

/** @param isDry whether the run was a dry run */
export function outcomesTable(rows: Report['rows'], isDry: boolean): Markup {
  const present = OUTCOMES.filter((outcome) => rows[outcome] > 0);
  const counts = present.map(
    (outcome) => `${formatNumber(rows[outcome])} ${label(outcome, isDry)}`,
  );
  return html`<div class="bar" role="img" aria-label="${counts.join(', ')}">
      ${present.map(
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
        ${present.map(
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

/** In a dry run of the file alone, an unprocessed row is a valid one. */
function label(outcome: Outcome, isDry: boolean): string {
  return isDry && outcome === 'unprocessed' ? 'valid' : outcome.replace('_', ' ');
}

function means(outcome: Outcome, isDry: boolean): string {
  return isDry && outcome === 'unprocessed' ? 'validation found nothing wrong' : MEANS[outcome];
}
