import type { Report } from '../../../contract/report.js';
import { html, name, type Markup } from '../markup.js';
import { section } from '../section.js';

const FILES: Record<string, string> = {
  'results.csv': 'one line a row: its outcome, and its user’s id',
  'rejects.csv': 'the rejected rows, as they were, with the reasons',
  'idmap.csv': 'the id that each user had before, and the identity’s',
  'audit.jsonl': 'an event for each created or changed user',
  'undo.csv': 'one line a user that the undo looked at: what it did',
  'report.json': 'this report for programs',
  'report.html': 'this page',
};

export function filesSection({ files }: Report): Markup | undefined {
  if (files.length === 0) return undefined;
  return section(
    'Files of this run',
    html`<ul class="files">
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
