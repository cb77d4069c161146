/** Lines of a file as text, such as `2-501,503`: what a step is asked for is small in the history. */

/** @param lines in ascending order */
export function toLineRanges(lines: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const line of lines) {
    const range = ranges.at(-1);
    if (range && range[1] === line - 1) range[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}

/** As many as a chunk has rows, and lines, and more: whoever may schedule an activity may give it any text. */
const MOST_LINES = 10_000;
const MOST_APART = 4_000_000;
const RANGES = /^([1-9]\d{0,14}(-[1-9]\d{0,14})?(,|$))+$/;

/** @throws TypeError for what is no list of ranges in ascending order, or one of too many lines */
export function linesOf(ranges: string): number[] {
  if (ranges === '') return [];
  if (!RANGES.test(ranges) || ranges.endsWith(',')) throw noRanges();
  const lines: number[] = [];
  for (const range of ranges.split(',')) {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    const isAscending = first > (lines.at(-1) ?? 0) && last >= first;
    if (!isAscending || lines.length + last - first >= MOST_LINES) throw noRanges();
    for (let line = first; line <= last; line++) lines.push(line);
  }
  if (lines.at(-1)! - lines[0]! > MOST_APART) throw noRanges();
  return lines;
}

function noRanges(): TypeError {
  return new TypeError('no ranges of lines');
}
