/** The rows by outcome, as a bar and as a table. */
import type { Outcome } from '../../../contract/import/outcomes.js';
import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { share } from '../format.js';
import { html, type Markup } from '../markup.js';
import { isOfFileAlone, overallRows } from '../overall.js';
import { section } from '../section.js';

/** In the order of the page: what was done, what was there already, what is left. */
const MEANS: Record<Outcome, string> = {
  created: 'new users, created by this import',
  updated: 'existing users, changed where they differed',
  would_create: 'new users, would be created',
  would_update: 'existing users, would be changed',
  unchanged: 'existing users, nothing differed',
  skipped: 'existing users, left as they are',
  would_skip: 'existing users, would be left as they are',
  deactivated: 'users who may not sign in any more',
  deleted: 'users who were deleted',
  missing: 'users of the source who are not in the file',
  would_deactivate: 'users who would not be let in any more',
  would_delete: 'users who would be deleted',
  left_alone: 'existing users, beyond what this import may change',
  failed: 'Kratos refused the row',
  invalid: 'validation refused the row',
  undecided: 'the run ended before the answer was known',
  unprocessed: 'the run did not reach the row',
};

export function outcomesSection(report: Report): Markup | undefined {
  const rows = overallRows(report);
  if (rows.total === 0) return undefined;
  const present = presentIn(rows);
  return section(
    'Rows',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col" class="n">Rows</th>
          <th scope="col" class="n">Share</th>
        </tr>
      </thead>
      <tbody>
        ${present.map(
          (outcome) =>
            html` <tr>
              <th scope="row">
                <span class="swatch ${colour(outcome, report)}"></span>${label(outcome, report)}
                <span class="more">${means(outcome, report)}</span>
              </th>
              <td class="n">${formatNumber(rows[outcome])}</td>
              <td class="n soft">${share(rows[outcome], rows.total)}</td>
            </tr>`,
        )}
        <tr class="total">
          <th scope="row">in the file</th>
          <td class="n">${formatNumber(rows.total)}</td>
          <td></td>
        </tr>
      </tbody>
    </table>`,
  );
}

/** The share of each outcome, for the eye. */
export function outcomesBar(report: Report): Markup {
  const rows = overallRows(report);
  const present = presentIn(rows);
  const counts = present.map(
    (outcome) => `${formatNumber(rows[outcome])} ${label(outcome, report)}`,
  );
  return html`<div class="bar" role="img" aria-label="Rows: ${counts.join(', ')}">
    ${present.map(
      (outcome) =>
        html`<span class="${colour(outcome, report)}" style="flex-grow:${rows[outcome]}"></span>`,
    )}
  </div>`;
}

function presentIn(rows: Report['rows']): Outcome[] {
  return (Object.keys(MEANS) as Outcome[]).filter((outcome) => rows[outcome] > 0);
}

function label(outcome: Outcome, report: Report): string {
  return isValid(outcome, report) ? 'valid' : outcome.replace('_', ' ');
}

function means(outcome: Outcome, report: Report): string {
  if (!isValid(outcome, report)) return MEANS[outcome];
  const fate = report.ending === 'validation-failed' ? ', and not imported' : '';
  return `validation found nothing wrong${fate}`;
}

function colour(outcome: Outcome, report: Report): string {
  return report.ending === 'dry-run' && isValid(outcome, report) ? 'valid' : outcome;
}

function isValid(outcome: Outcome, report: Report): boolean {
  return outcome === 'unprocessed' && isOfFileAlone(report);
}
