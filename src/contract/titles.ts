/** Titles of workflows in Temporal's UI, as the command line gives them. */
import type { ImportInput } from './import/input.js';

/** Temporal takes 400 bytes of JSON, and there are up to three names. */
const MOST_OF_A_NAME = 100;

/** Of an import. */
export function importTitle({
  file,
  actor,
  mode,
  dryRun,
  retryOf,
}: Pick<ImportInput, 'file' | 'actor' | 'mode' | 'dryRun' | 'retryOf'>): string {
  const what = dryRun === false ? 'Import' : `Dry run (${dryRun}) of`;
  const retry = retryOf === undefined ? '' : ` (a retry of ${cut(retryOf.workflowId)})`;
  const existing = mode === 'update' ? ', updates existing users' : '';
  return `${what} ${cut(file)}${retry} on behalf of ${cut(actor)}${existing}`;
}

/** Of what is done to an import. */
export function titleOf(
  what: 'Undo' | 'Purge',
  { workflowId, actor }: { workflowId: string; actor: string },
): string {
  return `${what} of ${cut(workflowId)} on behalf of ${cut(actor)}`;
}

/** The end of a path tells files apart. */
function cut(text: string): string {
  // The UI reads Markdown.
  const characters = [...text.replaceAll('](', '] (')];
  let room = MOST_OF_A_NAME;
  const cutAt = characters.findLastIndex((character) => (room -= sizeOf(character)) < 0);
  return cutAt < 0 ? characters.join('') : `…${characters.slice(cutAt + 1).join('')}`;
}

/** In JSON and UTF-8, or a little more. */
function sizeOf(character: string): number {
  if (character === '"' || character === '\\') return 2;
  return character < '\u0080' ? 1 : character.length === 2 ? 4 : 3;
}
