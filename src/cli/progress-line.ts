/** The progress in one line of any width. Pure. */
import { cutToWidth, widthOf } from './layout.js';
import type { ProgressFacts } from './progress-facts.js';
import type { Line } from './terminal.js';

/**
 * As much as there is room for, what matters most first, the bar last.
 * @returns the parts of one line that is not wider than `width`
 */
export function fitProgress({ state, facts, counts, share }: ProgressFacts, width: number): Line[] {
  const text = cutToWidth(state.text, width);
  const isShort = widthOf([text, ...facts.map(([long]) => long)].join(', ')) > width;
  let rest = '';
  const add = (part: string): boolean => {
    const longer = `${rest}, ${part}`;
    const fits = widthOf(text) + widthOf(longer) <= width;
    if (fits) rest = longer;
    return fits;
  };
  const hasAll = facts.every(([long, short = long]) => add(isShort ? short : long));
  if (hasAll) counts.every(add);
  const room = width - widthOf(text) - widthOf(rest);
  return [{ ...state, text }, rest + (share === undefined ? '' : renderBar(share, room))];
}

const SIZES = [30, 20, 10];

/** At the right end, where it stays while the text before it grows; nothing where it does not fit. */
function renderBar(share: number, room: number): string {
  const percent = `${String(Math.floor(share * 100)).padStart(4)} %`;
  const size = SIZES.find((most) => most + percent.length + 4 <= room);
  if (size === undefined) return '';
  const done = Math.floor(share * size);
  return `[${'#'.repeat(done)}${'.'.repeat(size - done)}]${percent}`.padStart(room);
}
