/** What an update did beyond other values: who may do what now, who gets in, where mail goes. */
import { CHANGE_KINDS, CHANGES, OTHER_ROLE } from '../../../contract/import/effects.js';
import type { CodeCount } from '../../../contract/findings.js';
import type { Report } from '../../../contract/report.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { section, usersTable } from '../section.js';

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
    usersTable('Change', changes),
    roles.some(({ from, to }) => [from, to].includes(OTHER_ROLE)) &&
      html`<p class="note">${OTHER_ROLE} is a role that this import does not know.</p>`,
  );
}
