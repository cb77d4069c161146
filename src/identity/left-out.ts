/** Rows of people who are not to be imported, because the product that they come from has deleted them. */
import { textReader } from './cell-text.js';
import type { ColumnMap } from './columns.js';
import { trimmed } from './email.js';
import { saysNothing } from './nothing.js';
import { asBoolean } from './trait-value.js';

/**
 * A row is left out where a column mapped to `leave_out` holds anything but a word for no: mostly the time of a deletion.
 * @returns undefined where the file has no such column
 */
export function leftOutReader(
  { columns }: Pick<ColumnMap, 'columns'>,
  nothing: readonly string[] = [],
): ((cells: string[]) => boolean) | undefined {
  const readers = columns
    .filter(({ target }) => target.to === 'leave_out')
    .map((column) => textReader(column, nothing));
  if (readers.length === 0) return undefined;
  return (cells) =>
    readers.some((textOf) => {
      const text = trimmed(textOf(cells));
      return text !== '' && asBoolean(text) !== false && !saysNothing(text);
    });
}
