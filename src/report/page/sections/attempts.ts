import type { CombinedRows, Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { moment } from '../format.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';
import { outcomesTable } from './outcomes.js';

export function attemptsSection({ attempts, combined, run, ...last }: Report): Markup | undefined {
  if (!attempts && !combined) return undefined;
  const all = [
    ...(attempts ?? []),
    { ...last, run, file: last.settings.file, actor: last.settings.actor },
  ];
  return section(
    'All attempts',
    html`<p class="soft">This run imported corrected rows of an earlier one.</p>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Attempt</th>
            <th scope="col">File, on behalf of</th>
            <th scope="col">Started (UTC)</th>
            <th scope="col" class="n">Rows</th>
            <th scope="col" class="n">Created</th>
            <th scope="col" class="n">Updated</th>
            <th scope="col" class="n">Not imported</th>
          </tr>
        </thead>
        <tbody>
          ${all.map(
            ({ file, actor, startedAt, rows }, i) =>
              html` <tr>
                <th scope="row">${i + 1}${i === all.length - 1 && ' (this one)'}</th>
                <td>${name(file)}, ${name(actor)}</td>
                <td data-what="Started">${moment(startedAt)}</td>
                <td class="n" data-what="Rows:">${formatNumber(rows.total)}</td>
                <td class="n" data-what="Created:">${formatNumber(rows.created)}</td>
                <td class="n" data-what="Updated:">${formatNumber(rows.updated)}</td>
                <td class="n" data-what="Not imported:">
                  ${formatNumber(rows.failed + rows.invalid + rows.undecided + rows.unprocessed)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    combined &&
      html`<h3>The first file after all attempts</h3>
        ${outcomesTable(combined, false)}
        <p class="soft">${describeEdits(combined)}</p>`,
  );
}

/** What a corrected copy left out or brought along. */
function describeEdits({ dropped, added }: CombinedRows): string {
  return [
    'A rejected row counts under its outcome in the next attempt.',
    ...(dropped > 0 ? [`Left out of a corrected copy: ${formatNumber(dropped)}.`] : []),
    ...(added > 0 ? [`Added in a corrected copy: ${formatNumber(added)}.`] : []),
  ].join(' ');
}
