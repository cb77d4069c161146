import { CHANGE_KINDS, CHANGES } from '../../../contract/import/effects.js';
import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { html, name, type Markup } from '../markup.js';
import { linesOf, section } from '../section.js';

export function rolesSection({
  roles,
  roleChanges,
  otherChanges,
  ending,
}: Report): Markup | undefined {
  const byRole = Object.entries(roles).sort(([, a], [, b]) => b - a);
  const others = CHANGE_KINDS.flatMap((kind) => {
    const found = otherChanges[kind];
    return found ? [{ kind, found }] : [];
  });
  if (byRole.length === 0 && roleChanges.length === 0 && others.length === 0) return undefined;
  return section(
    'Roles',
    byRole.length > 0 &&
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
    roleChanges.length > 0 &&
      html`<h3>
          ${ending === 'dry-run' ? 'Users whose role would change' : 'Users whose role has changed'}
        </h3>
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" class="n">Users</th>
              <th scope="col">Lines of the file</th>
            </tr>
          </thead>
          <tbody>
            ${roleChanges.map(
              (change) =>
                html` <tr>
                  <td data-what="From">${name(change.from)}</td>
                  <td data-what="to">${name(change.to)}</td>
                  <td class="n" data-what="Users:">${formatNumber(change.count)}</td>
                  <td data-what="Lines:">${linesOf(change)}</td>
                </tr>`,
            )}
          </tbody>
        </table>`,
    others.length > 0 &&
      html`<h3>
          ${ending === 'dry-run' ? 'What else would change of users' : 'What else has changed of users'}
        </h3>
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Change</th>
              <th scope="col" class="n">Users</th>
              <th scope="col">Lines of the file</th>
            </tr>
          </thead>
          <tbody>
            ${others.map(
              ({ kind, found }) =>
                html` <tr>
                  <th scope="row">${CHANGES[kind]}</th>
                  <td class="n" data-what="Users:">${formatNumber(found.count)}</td>
                  <td data-what="Lines:">${linesOf(found)}</td>
                </tr>`,
            )}
          </tbody>
        </table>`,
  );
}
