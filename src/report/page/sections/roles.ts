import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

export function rolesSection({ roles }: Report): Markup | undefined {
  const byRole = Object.entries(roles).sort(([, a], [, b]) => b - a);
  if (byRole.length === 0) return undefined;
  return section(
    'Roles in the file',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Role</th>
          <th scope="col" class="n">Valid rows</th>
        </tr>
      </thead>
      <tbody>
        ${byRole.map(
          ([role, count]) =>
            html` <tr>
              <th scope="row">${name(role)}</th>
              <td class="n">${formatNumber(count)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}
