import type { Report } from '../../../contract/report.js';
import { meaningOfRow } from '../../meanings.js';
import { remedyForRow } from '../../remedies.js';
import { html, type Markup } from '../markup.js';
import { codesTable, section } from '../section.js';

export function errorsSection({ errors, ending, files, attempts }: Report): Markup | undefined {
  if (Object.keys(errors).length === 0) return undefined;
  const title = ending === 'dry-run' ? 'Rows that would be rejected' : 'Rejected rows';
  return section(
    attempts ? `${title}, in the latest run` : title,
    codesTable('What is wrong, and what to do', errors, remedyForRow, meaningOfRow),
    html`<p class="note">
      A row counts under each code that it has. The header is line
      1.${files.includes('rejects.csv') && ' All of these rows, with the reasons, are in rejects.csv.'}
    </p>`,
  );
}

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
