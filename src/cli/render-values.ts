import { inputPart } from '../contract/input-part.js';
import { formatFirst, formatNumber } from '../format.js';
import type { WrongValues } from '../validation/closed-values.js';

/** The values of a column that are not allowed, and the parts of an input that mend them. */
export function renderWrongValues(wrong: WrongValues): string[] {
  const { column, allowed, values } = wrong;
  const found = values.map(
    ({ value, rows }) =>
      `${JSON.stringify(value)} ${formatNumber(rows)} ${rows === 1 ? 'row' : 'rows'}`,
  );
  const meant = values.flatMap(({ value, meant: to }) => (to === undefined ? [] : [[value, to]]));
  const unknown = values.find(({ meant: to }) => to === undefined);
  return [
    `column "${column}" holds what is not allowed: ${[...found, ...rest(wrong)].join(', ')}. Allowed: ${formatFirst(allowed)}.`,
    ...(meant.length > 0 ? [`  if these are meant: ${readAs(column, meant)}`] : []),
    ...(unknown
      ? [
          `  if others are meant: ${readAs(column, [[unknown.value, '<text>']])}`,
          `  if the column holds something else: ${inputPart('columns', { [column]: `metadata_public.${column}` })}`,
        ]
      : []),
  ];
}

function rest({ others, isMore }: WrongValues): string[] {
  if (others === 0) return isMore ? ['further values'] : [];
  return [`${formatNumber(others)}${isMore ? ' or more' : ''} further values`];
}

function readAs(column: string, meant: string[][]): string {
  return inputPart('values', { [column]: Object.fromEntries(meant) as unknown });
}
