/** Text laid out for the width of a terminal. Pure. */

/** Where no terminal tells its width. */
const USUAL_WIDTH = 80;

const WIDE =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;
const UNSEEN = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns of a terminal that a text takes: East Asian letters and emoji take two, accents of their own none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  if (character < '\u0300') return 1;
  if (UNSEEN.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** A text that takes so many columns at most, `…` in place of what is cut off. */
export function cutToWidth(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** So far later lines of a paragraph are indented. */
const HANGING = '  ';

/**
 * Prose broken at its blanks, later lines indented. What begins with a blank is left as it is: a command to copy, or a
 * row of a table. A word that is longer than the terminal, such as an address, stays whole as well.
 */
export function wrapped(text: string, width: number): string[] {
  if (text.startsWith(' ') || widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() === '' || widthOf(longer) <= width) {
      line = line.trim() === '' ? line + word : longer;
      continue;
    }
    lines.push(line);
    line = HANGING + word;
  }
  return [...lines, line];
}

/** Indented prose broken at its blanks, later lines indented further. */
export function hanging(text: string, width: number): string[] {
  const indent = /^ */.exec(text)![0];
  const lines = wrapped(text.slice(indent.length), width - indent.length);
  return lines.map((line) => indent + line);
}

/** A command to copy, and what it is for. */
export interface Step {
  what: string;
  command: string;
}

/** Commands below each other, where each can be copied as a whole. Short names stand before them, others above. */
export function renderSteps(steps: readonly Step[], width = USUAL_WIDTH): string[] {
  const names = Math.max(0, ...steps.map(({ what }) => widthOf(what)));
  const isShort =
    names <= MOST_NAME && steps.every(({ command }) => names + widthOf(command) + 5 <= width);
  return steps.flatMap(({ what, command }) =>
    isShort ? [`  ${padded(`${what}:`, names + 1)}  ${command}`] : [`${what}:`, `    ${command}`],
  );
}

const MOST_NAME = 24;

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** A row of a table: a number, a name, and lines of prose for the rest of the width. */
export interface TableRow {
  count: string;
  name: string;
  /** What stands beside the name, each wrapped: where it is, what to do about it. */
  notes: readonly string[];
}

/** Fewest columns of prose beside a name; where they are not left, it stands below. */
const FEWEST_PROSE = 40;

/** Rows below each other, numbers to the right, names to the left, prose beside them or below. */
export function renderTable(rows: readonly TableRow[], width = USUAL_WIDTH): string[] {
  const counts = Math.max(0, ...rows.map(({ count }) => widthOf(count)));
  const names = Math.max(0, ...rows.map(({ name }) => widthOf(name)));
  const before = 2 + counts + 2 + names + 2;
  const isBeside = width - before >= FEWEST_PROSE;
  const indent = isBeside ? before : 2 + counts + 2;
  return rows.flatMap(({ count, name, notes }) => {
    const head = `  ${' '.repeat(counts - widthOf(count))}${count}  ${name}`;
    const prose = notes.flatMap((note) =>
      wrapped(note, Math.max(20, width - indent)).map((line) => line.trim()),
    );
    const below = (lines: string[]) => lines.map((line) => ' '.repeat(indent) + line);
    if (!isBeside || prose.length === 0) return [head, ...below(prose)];
    return [`${padded(head, indent)}${prose[0]}`, ...below(prose.slice(1))];
  });
}
