/** The timeline of an import: each switch, and its author. Pure, and bounded: an import may take weeks. */

import type { Timeline, TimelineEntry } from '../contract/report.js';

const MOST_ENTRIES = 300;
const MOST_CHARACTERS = 300;

export const NO_TIMELINE: Timeline = { entries: [], leftOut: 0 };

export function addEntry({ entries, leftOut }: Timeline, entry: TimelineEntry): Timeline {
  const { text } = entry;
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
  const all = [...entries, { ...entry, text: short }];
  const kept = all.slice(-MOST_ENTRIES);
  return { entries: kept, leftOut: leftOut + all.length - kept.length };
}
