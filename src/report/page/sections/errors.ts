import type { WrongColumn } from '../../../contract/findings.js';
import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { meaningOfRow } from '../../meanings.js';
import { remedyForRow } from '../../remedies.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { codesTable, section } from '../section.js';

export function errorsSection(report: Report): Markup | undefined {
  const { errors, ending, files, attempts, wrongColumns = [] } = report;
  if (Object.keys(errors).length === 0) return undefined;
  const title = ending === 'dry-run' ? 'Rows that would be rejected' : 'Rejected rows';
  return section(
    attempts ? `${title}, in the latest run` : title,
    codesTable('What is wrong, and what to do', errors, remedyForRow, meaningOfRow),
    html`<p class="note">
      A row counts under each code that it has. The header is line
      1.${files.includes('rejects.csv') && ' All of these rows, with the reasons, are in rejects.csv.'}
    </p>`,
    wrongColumns.length > 0 && wrongValues(wrongColumns),
  );
}

/** What the cells hold is in no report: a column may be another than it seems. */
function wrongValues(columns: WrongColumn[]): Markup {
  return html`<h3>Values that are not allowed</h3>
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Most likely meant</th>
        </tr>
      </thead>
      <tbody>
        ${columns.map(
          (wrong) =>
            html` <tr>
              <th scope="row">${name(wrong.column)}</th>
              <td>${describeWrong(wrong).map((text) => html`<p class="tight">${text}</p>`)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function describeWrong({ meant, unlike, isMore }: WrongColumn): Part[] {
  return [
    ...meant.map(
      ({ value, rows, spellings }) =>
        html`${name(value)}: ${countOf(rows, 'row')}, in ${countOf(spellings, 'other spelling')}`,
    ),
    ...(unlike > 0 || isMore
      ? [`none of those allowed: ${countOf(unlike, 'other value')}${isMore ? ', or more' : ''}`]
      : []),
  ];
}

const countOf = (count: number, what: string): string =>
  `${formatNumber(count)} ${what}${count === 1 ? '' : 's'}`;

export function leftAloneSection({ leftAlone, ending }: Report): Markup | undefined {
  if (Object.keys(leftAlone).length === 0) return undefined;
  return section(
    ending === 'dry-run' ? 'Users who would be left alone' : 'Users who were left alone',
    codesTable('Why, and what to do', leftAlone, remedyForRow, meaningOfRow),
    html`<p class="note">
      These users exist, and their rows would change more than this import may. Nothing of them was
      changed.
    </p>`,
  );
}
