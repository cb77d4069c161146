/** The values of columns that take only a few: which of them are not allowed, and how often each is there. */
import type { WrongColumn } from '../contract/findings.js';
import { withoutMarks } from '../csv/reject-line.js';
import { textReader } from '../identity/cell-text.js';
import type { Column } from '../identity/columns.js';
import { trimmed } from '../identity/email.js';
import { nearest } from '../identity/nearest.js';
import { traitAt } from '../identity/schema.js';
import { traitReader } from '../identity/trait-value.js';
import type { RowRules } from './checked-row.js';

/** More distinct values than this are no list that somebody reads, and a wrong column has one in each row. */
const MOST_VALUES = 1000;
/** A longer one is no role, tenant or state: it would only fill memory. */
const MOST_CHARACTERS = 100;
const MOST_SHOWN = 20;

/** A column with values that are not allowed. */
export interface WrongValues {
  column: string;
  allowed: string[];
  /** The most frequent first. */
  values: { value: string; rows: number; meant: string | undefined }[];
  /** Further distinct values; a lower bound when `isMore`. */
  others: number;
  isMore: boolean;
}

/** Counts the cells of refused rows. Its values are those of the file: they are for the terminal of whoever has it. */
export class ClosedValues {
  private readonly columns: ClosedColumn[];

  constructor(rules: RowRules) {
    this.columns = rules.map.columns.flatMap((column) => {
      const allowed = allowedIn(column, rules);
      if (column.constant !== undefined || !allowed) return [];
      return [new ClosedColumn(column, allowed, rules)];
    });
  }

  add(row: string[]): void {
    const cells = withoutMarks(row);
    for (const column of this.columns) column.add(cells);
  }

  wrong(): WrongValues[] {
    return this.columns.map((column) => column.wrong()).filter(({ values }) => values.length > 0);
  }

  /** The same for reports, which hold nothing that stands in the file. */
  wrongColumns(): WrongColumn[] {
    return this.wrong().map(withoutValues);
  }
}

function withoutValues({ column, values, others, isMore }: WrongValues): WrongColumn {
  const meant = new Map<string, { rows: number; spellings: number }>();
  for (const { rows, meant: value } of values) {
    if (value === undefined) continue;
    const { rows: before, spellings } = meant.get(value) ?? { rows: 0, spellings: 0 };
    meant.set(value, { rows: before + rows, spellings: spellings + 1 });
  }
  return {
    column,
    meant: [...meant]
      .map(([value, counts]) => ({ value, ...counts }))
      .sort((a, b) => b.rows - a.rows),
    unlike: values.filter((value) => value.meant === undefined).length + others,
    isMore,
  };
}

class ClosedColumn {
  private readonly counts = new Map<string, number>();
  private isMore = false;
  private readonly textOf: (cells: string[]) => string;
  private readonly isAllowed: (text: string) => boolean;

  constructor(
    private readonly column: Column,
    private readonly allowed: string[],
    private readonly rules: RowRules,
  ) {
    const read = readerOf(column, rules);
    this.textOf = textReader(column, rules.nothing);
    const values = new Set(allowed.map((text) => JSON.stringify(read(text))));
    this.isAllowed = (text) => values.has(JSON.stringify(read(text)));
  }

  add(cells: string[]): void {
    const text = trimmed(this.textOf(cells));
    if (text === '' || text === this.rules.clear || this.isAllowed(text)) return;
    const count = this.counts.get(text);
    if (count === undefined && (this.counts.size >= MOST_VALUES || text.length > MOST_CHARACTERS)) {
      this.isMore = true;
      return;
    }
    this.counts.set(text, (count ?? 0) + 1);
  }

  wrong(): WrongValues {
    const { column, allowed, isMore } = this;
    const all = [...this.counts].sort(([, a], [, b]) => b - a);
    const values = all.slice(0, MOST_SHOWN).map(([value, rows]) => {
      return { value, rows, meant: nearest(value, allowed, (text) => [text]) };
    });
    return { column: column.name, allowed, values, others: all.length - values.length, isMore };
  }
}

/** The values that a column takes; undefined where nobody has a list of them. */
function allowedIn(column: Column, rules: RowRules): string[] | undefined {
  const { target, rule } = column;
  if (target.to === 'state') return ['active', 'inactive'];
  const trait = (target.to === 'traits' && traitAt(rules.schema, target.path)) || {};
  const inSchema = listOf(trait);
  const listed = rule === 'role' ? rules.roles : rule === 'tenant' ? rules.tenants : undefined;
  if (!listed) return inSchema;
  return listed.filter((text) => !inSchema || inSchema.includes(text));
}

function listOf(trait: Record<string, unknown>): string[] | undefined {
  const { enum: list, const: only, type } = trait;
  const values: unknown[] | undefined = Array.isArray(list)
    ? list
    : only !== undefined
      ? [only]
      : type === 'boolean'
        ? [true, false]
        : undefined;
  return values?.flatMap((value) =>
    typeof value === 'string'
      ? [value]
      : typeof value === 'number' || typeof value === 'boolean'
        ? [String(value)]
        : [],
  );
}

function readerOf({ target }: Column, { schema }: RowRules): (text: string) => unknown {
  return traitReader(
    (target.to === 'traits' && traitAt(schema, target.path)) || { type: 'string' },
  );
}
