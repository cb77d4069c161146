/** What was switched in the course of an import, and by whom. Pure, and bounded: an import may take weeks. */

/** Plain JSON: the workflow carries it through continue-as-new as it is. */
export interface Timeline {
  /** The latest, in order of time. */
  entries: TimelineEntry[];
  /** How many older ones there is no room for. */
  leftOut: number;
}

/** A pause, a resume, an approval, another mode or rate. It holds no value of any row. */
export interface TimelineEntry {
  /** ISO 8601. */
  at: string;
  /** Who or what did it: a person who gave a command, or the import by itself. */
  by: 'operator' | 'import';
  /** A sentence, as the notices say it. */
  text: string;
}

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
