/** What lists of workflows can be searched for: the facts of an import that a namespace may have search attributes for. */

/** With the type that the attribute must have in the namespace. */
export const SEARCHABLE = {
  phase: 'KEYWORD',
  paused: 'BOOL',
  rows: 'INT',
  created: 'INT',
  updated: 'INT',
  unchanged: 'INT',
  skipped: 'INT',
  left_alone: 'INT',
  failed: 'INT',
  invalid: 'INT',
} as const;
type Searchable = keyof typeof SEARCHABLE;

/** The name of the search attribute of each of them that the operator wants; those of the others are absent. */
export type SearchAttributes = Partial<Record<Searchable, string>>;

const PAIR = /^(?<what>[a-z_]+)=(?<name>[A-Za-z0-9_]{1,128})$/;

/** Reads `phase=ImportPhase,created=ImportCreated`. */
export function parseSearchAttributes(
  text: string,
): { attributes: SearchAttributes } | { problem: string } {
  const attributes: SearchAttributes = {};
  const names = new Set<string>();
  for (const pair of text.split(',').map((part) => part.trim())) {
    const { what = '', name = '' } = PAIR.exec(pair)?.groups ?? {};
    if (!isSearchable(what)) {
      const known = Object.keys(SEARCHABLE).join(', ');
      return {
        problem: `is not a list such as phase=ImportPhase,created=ImportCreated; before = stands one of ${known}`,
      };
    }
    if (attributes[what] !== undefined || names.has(name)) {
      return { problem: `names ${what} or ${name} twice` };
    }
    attributes[what] = name;
    names.add(name);
  }
  return { attributes };
}

function isSearchable(what: string): what is Searchable {
  return Object.hasOwn(SEARCHABLE, what);
}

export function searchablesOf(attributes: SearchAttributes): [Searchable, string][] {
  return Object.entries(attributes) as [Searchable, string][];
}
