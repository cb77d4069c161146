/** What Temporal's UI shows of a workflow below its title, as Markdown: what it will do, as it was started. */
import type { ImportInput } from '../contract/import/input.js';
import { shortText, withoutLinks } from '../progress/short-text.js';
import { settingsInWords } from '../report/page/settings-in-words.js';

/** Temporal takes 20,000 bytes of JSON. */
const MOST_BYTES = 15_000;
/** Of a map of columns or values. */
const MOST_TEXTS = 10;

/** The UI cuts off the last line and a half, as of the current details: this line is what it cuts off. */
const PADDING = '\n\n\u00a0';

/** Of an import. */
export function importDetails(input: ImportInput): string {
  const settings = settingsInWords(input).map(({ about, texts }) => {
    const shown = texts.slice(0, MOST_TEXTS).map((text) => withoutLinks(shortText(text)));
    const left = texts.length - shown.length;
    return `- ${about}: ${[...shown, ...(left > 0 ? [`${left} more`] : [])].join('; ')}`;
  });
  const kept: string[] = [];
  let room = MOST_BYTES;
  for (const line of settings) {
    room -= Buffer.byteLength(JSON.stringify(line));
    if (room < 0) {
      kept.push('- … and others: see the input');
      break;
    }
    kept.push(line);
  }
  return [`${whatItDoes(input)} As it was started:`, kept.join('\n')].join('\n\n') + PADDING;
}

function whatItDoes({ mode, dryRun, missing }: ImportInput): string {
  if (dryRun === 'file') return 'Validates the file; Kratos is asked nothing about its users.';
  if (dryRun === 'live')
    return 'Validates the file, and asks Kratos what each row would do. Nobody is created or changed.';
  const { create, update, leave, report } = {
    create: 'creates in Kratos the users who are not there yet',
    update: mode === 'update' ? ' and changes those that differ' : '',
    leave: LEAVERS[missing.do],
    report: 'then writes a report',
  };
  return `Validates the whole file, ${create}${update}${leave}, ${report}.`;
}

/** What becomes of the users of the source who are not in the file. */
const LEAVERS: Record<ImportInput['missing']['do'], string> = {
  nothing: '',
  report: ', names those of its source who are missing from it',
  deactivate: ', blocks those of its source who are missing from it',
  delete: ', deletes those of its source who are missing from it',
};

/** Of an undo. */
export const UNDO_DETAILS = `Looks at every user whom the import, its retries included, has created or changed, and waits for the approval of its plan. Then it deletes the created ones, and gives the others back the values from before. Users who are in use or were changed since are kept, unless it was started with force.${PADDING}`;

/** Of a purge. */
export const PURGE_DETAILS = `Removes the personal data that the runs of the import have left in their folders, and the copy of their file. Users in Kratos stay as they are; the reports and the audit trail are kept, without it.${PADDING}`;
