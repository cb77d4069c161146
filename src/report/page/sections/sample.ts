import { describeFields } from '../../../contract/import/changed-rows.js';
import type { Report } from '../../../contract/report.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

/** Some of the changed users, to look up in Kratos: which fields, and of roles and tenants the values. */
export function sampleSection({ sample, ending }: Report): Markup | undefined {
  if (!sample) return undefined;
  return section(
    ending === 'dry-run' ? 'Some users who would change' : 'Some users who have changed',
    html`<table class="stack">
      <thead>
        <tr>
          <th scope="col" class="n">Line</th>
          <th scope="col">User</th>
          <th scope="col">Fields</th>
        </tr>
      </thead>
      <tbody>
        ${sample.map(
          (row) =>
            html` <tr>
              <td class="n" data-what="Line">${row.line}</td>
              <th scope="row"><code>${name(row.identityId)}</code></th>
              <td>${name(describeFields(row))}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}
