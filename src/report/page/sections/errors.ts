import type { Report } from '../../../contract/report.js';
import { remedyForFile, remedyForRow } from '../../remedies.js';
import { html, name, type Markup } from '../markup.js';
import { codesTable, section } from '../section.js';

export function fileErrorSection({ fileError }: Report): Markup | undefined {
  if (!fileError) return undefined;
  return section(
    'What is wrong with the file',
    html`<div class="box bad">
        <p><code>${name(fileError.code)}</code></p>
        <p>${name(fileError.message)}</p>
      </div>
      <p>${remedyForFile(fileError.code)}</p>`,
  );
}

export function errorsSection({ errors, ending }: Report): Markup | undefined {
  if (Object.keys(errors).length === 0) return undefined;
  const title = ending === 'dry-run' ? 'Rows that would be rejected' : 'Rejected rows';
  return section(
    title,
    codesTable('Code', errors, remedyForRow),
    html`<p class="note">
      A row counts under each code that it has. The header is line 1. All of these rows, with the
      reasons, are in rejects.csv.
    </p>`,
  );
}

export function leftAloneSection({ leftAlone, ending }: Report): Markup | undefined {
  if (Object.keys(leftAlone).length === 0) return undefined;
  return section(
    ending === 'dry-run' ? 'Users who would be left alone' : 'Users who were left alone',
    codesTable('Code', leftAlone, remedyForRow),
    html`<p class="note">
      These users exist, and their rows would change more than this import may. Nothing of them was
      changed.
    </p>`,
  );
}
