/** Two mappings of columns, of which one comes before the other: an entry of its own for each column, value and default. */
import type { ImportInput } from '../contract/import/input.js';
import { sameForPeople } from './email.js';

/** The part of an import's input that says where columns go and what their cells mean. */
export type GivenMapping = Pick<ImportInput, 'columns' | 'values' | 'defaults'>;

/** The entries of both; those of the first, however its names are spelled, come before the other's. */
export function mergeMappings(first: Partial<GivenMapping>, other: GivenMapping): GivenMapping {
  const values = byName(first.values, other.values);
  for (const [name, texts] of Object.entries(first.values ?? {})) {
    const others = Object.entries(other.values).find(([each]) => isSame(name, each));
    values[name] = { ...others?.[1], ...texts };
  }
  return {
    columns: byName(first.columns, other.columns),
    values,
    defaults: byName(first.defaults, other.defaults),
  };
}

function byName<Value>(
  first: Record<string, Value> = {},
  other: Record<string, Value>,
): Record<string, Value> {
  const names = Object.keys(first);
  const left = Object.entries(other).filter(([name]) => !names.some((own) => isSame(own, name)));
  return { ...Object.fromEntries(left), ...first };
}

function isSame(a: string, b: string): boolean {
  return sameForPeople(a) === sameForPeople(b);
}
