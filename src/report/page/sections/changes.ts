/** What an update did beyond other values: who may do what now, who gets in, where mail goes. */
import { CHANGE_KINDS, CHANGES, OTHER_ROLE } from '../../../contract/import/effects.js';
import type { CodeCount } from '../../../contract/findings.js';
import type { Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { linesOf, section } from '../section.js';

export function changesSection({ roleChanges, otherChanges, ending }: Report): Markup | undefined {
  const roles = [...roleChanges].sort((a, b) => b.count - a.count);
  const changes: [Part, CodeCount][] = [
    ...roles.map((change): [Part, CodeCount] => [
      html`role ${name(change.from)} to <strong>${name(change.to)}</strong>`,
      change,
    ]),
    ...CHANGE_KINDS.flatMap((kind): [Part, CodeCount][] => {
      const found = otherChanges[kind];
      return found ? [[CHANGES[kind], found]] : [];
    }),
  ];
  if (changes.length === 0) return undefined;
  const isDry = ending === 'dry-run';
  return section(
    roles.length > 0
      ? isDry
        ? 'Roles and rights that would change'
        : 'Roles and rights that have changed'
      : isDry
        ? 'What would change of existing users'
        : 'What has changed of existing users',
    html`<table class="stack">
      <thead>
        <tr>
          <th scope="col">Change</th>
          <th scope="col" class="n">Users</th>
          <th scope="col" class="lines">Lines of the file</th>
        </tr>
      </thead>
      <tbody>
        ${changes.map(
          ([what, found]) =>
            html` <tr>
              <th scope="row">${what}</th>
              <td class="n" data-what="Users:">${formatNumber(found.count)}</td>
              <td data-what="Lines:">${linesOf(found)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
    roles.some(({ from, to }) => [from, to].includes(OTHER_ROLE)) &&
      html`<p class="note">${OTHER_ROLE} is a role that this import does not know.</p>`,
  );
}
