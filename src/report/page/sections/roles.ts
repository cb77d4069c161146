import type { TenantCounts } from '../../../contract/findings.js';
import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

export function rolesSection({ roles }: Report): Markup | undefined {
  if (Object.keys(roles).length === 0) return undefined;
  return section('Roles in the file', rowsBy('Role', roles));
}

/** Their names are known only where the worker knows the tenants. */
export function tenantsSection({ tenants }: Report): Markup | undefined {
  if (!tenants) return undefined;
  return section(
    'Tenants in the file',
    html`<p class="soft">${describeTenants(tenants)}</p>`,
    tenants.rows && rowsBy('Tenant', tenants.rows),
  );
}

function describeTenants({ distinct, rows }: TenantCounts): string {
  const all = `${formatNumber(distinct)} ${distinct === 1 ? 'tenant' : 'tenants'}`;
  if (!rows) return `${all}, which the worker does not know by name.`;
  return Object.keys(rows).length < distinct ? `${all}; the most frequent:` : `${all}:`;
}

/** The most frequent first. */
function rowsBy(what: string, counts: Record<string, number>): Markup {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return html`<table>
    <thead>
      <tr>
        <th scope="col">${what}</th>
        <th scope="col" class="n">Valid rows</th>
      </tr>
    </thead>
    <tbody>
      ${sorted.map(
        ([each, count]) =>
          html` <tr>
            <th scope="row">${name(each)}</th>
            <td class="n">${formatNumber(count)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
