/**
 * A few of the rows whose users change, for whoever decides by looking at some: which fields, and of roles and tenants
 * the values. They are in histories, so no other value is among them.
 */

export interface ChangedField {
  /** As columns name it: `traits.name.first`. */
  path: string;
  /** Of a role or a tenant alone: what it is before and after. */
  from?: string | undefined;
  to?: string | undefined;
}

export interface ChangedRow {
  line: number;
  identityId: string;
  /** Roles and tenants first. */
  fields: ChangedField[];
  /** Further fields that change, for which there is no room. */
  more?: number | undefined;
}

/** So many are kept of an import. */
export const MOST_CHANGED_ROWS = 20;
/** And of a chunk: Temporal keeps those of each. */
export const MOST_OF_A_CHUNK = 3;

/**
 * Picks some rows such that as many kinds of change as possible are among them.
 * @returns them in the order of their lines
 */
export function sampleOf(rows: readonly ChangedRow[], most = MOST_CHANGED_ROWS): ChangedRow[] {
  const byKind = new Map<string, ChangedRow[]>();
  for (const row of rows) {
    const kind = JSON.stringify(row.fields);
    const alike = byKind.get(kind);
    if (alike) alike.push(row);
    else byKind.set(kind, [row]);
  }
  const picked: ChangedRow[] = [];
  for (let round = 0; picked.length < Math.min(most, rows.length); round++) {
    for (const alike of byKind.values()) {
      if (picked.length < most && alike[round]) picked.push(alike[round]!);
    }
  }
  return picked.sort((a, b) => a.line - b.line);
}

/** `traits.role user -> admin, traits.name.first, and 3 more`. */
export function describeFields({ fields, more = 0 }: Pick<ChangedRow, 'fields' | 'more'>): string {
  const texts = fields.map(({ path, from, to }) =>
    from === undefined || to === undefined ? path : `${path} ${from} -> ${to}`,
  );
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
