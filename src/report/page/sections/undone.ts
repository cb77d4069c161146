import type { Report } from '../../../contract/report.js';
import { meaningOfKept } from '../../meanings.js';
import { moment } from '../format.js';
import { html, name, type Markup } from '../markup.js';
import { describeCode, numbers, section, usersTable } from '../section.js';

export function undoneSection({ undone, attempts }: Report): Markup | undefined {
  if (!undone) return undefined;
  const { at, actor, workflowId, forced, deleted, restored, kept, already_deleted, mailed } =
    undone;
  const counts: [string, number][] = [
    ['users deleted', deleted],
    ['restored', restored],
    ['already deleted', already_deleted],
    ['had been mailed', mailed],
  ];
  return section(
    attempts ? 'Undone of the latest run' : 'Undone',
    html`<p>
      By ${name(actor)}, ${moment(at)}, as
      <code>${name(workflowId)}</code>${forced && ', by force: also users in use'}.
    </p>`,
    numbers(counts),
    Object.keys(kept).length > 0 &&
      html`<h3>Users left as they are</h3>
        ${usersTable(
          'Why',
          Object.entries(kept).map(([why, count]) => [
            describeCode(why, meaningOfKept(why)),
            count!,
          ]),
        )}`,
  );
}
