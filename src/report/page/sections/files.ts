import type { Report } from '../../../contract/report.js';
import { moment } from '../format.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

const FILES: Record<string, string> = {
  'results.csv': 'one line a row: its outcome, and its user’s id',
  'rejects.csv': 'the rejected rows, as they were, with the reasons',
  'idmap.csv': 'the id that each user had before, and the identity’s',
  'audit.jsonl': 'an event for each created or changed user',
  'report.json': 'this report for programs',
  'report.html': 'this page',
};

export function filesSection({ files, purgedAt }: Report): Markup | undefined {
  return section(
    'Files of this run',
    purgedAt !== undefined && html`<p>Its personal data was removed on ${moment(purgedAt)}.</p>`,
    html`<ul>
      ${files.map(
        (file) =>
          html`<li>
            <code>${name(file)}</code
            >${Object.hasOwn(FILES, file) && html` <span class="soft">${FILES[file]}</span>`}
          </li>`,
      )}
    </ul>`,
  );
}
