/** What went wrong with rows or mails, as a short list: how many, where the first ones are, what to do about it. */
import type { CodeCount } from '../contract/findings.js';
import { formatNumber } from '../format.js';
import { renderTable } from './layout.js';
import type { Line } from './terminal.js';

/** Kinds in a list, and lines of a kind: a screen has 24 lines. */
const MOST_KINDS = 10;
const MOST_LINES = 5;

interface Heading {
  title: string;
  /** What to do about a code or a status. */
  remedy: (code: string) => string;
  /** Where all of them are. */
  rest: string;
}

/** The most frequent first; nothing where there are none. */
export function renderFailures(
  codes: Partial<Record<string, CodeCount>>,
  { title, remedy, rest }: Heading,
): Line[] {
  const found = Object.entries(codes)
    .map(([code, counted]) => ({ code, ...counted! }))
    .toSorted((a, b) => b.count - a.count);
  if (found.length === 0) return [];
  const rows = found.slice(0, MOST_KINDS).map(({ code, count, lines }) => ({
    count: formatNumber(count),
    name: code,
    notes: [describeLines(lines, count), remedy(code)],
  }));
  const more = found.length - rows.length;
  return [
    { tone: 'warning', text: title },
    ...renderTable(rows),
    ...(more > 0 ? [`  … and ${formatNumber(more)} more kinds: ${rest}`] : []),
  ];
}

function describeLines(lines: readonly number[], count: number): string {
  const first = lines.slice(0, MOST_LINES).join(', ');
  return `${count === 1 ? 'line' : 'lines'} ${first}${count > MOST_LINES ? ', …' : ''}`;
}

/** Files by their names, below the folder that they share. */
export function renderFiles(folder: string, files: readonly string[]): Line[] {
  return [`Files in ${folder}:`, ...(files.length > 0 ? [`  ${files.join('  ')}`] : [])];
}
