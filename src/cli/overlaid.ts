/** Parts of an import's input over others: what the options say over a mapping file, and both over a run's settings. */
import type { ImportRequest } from '../contract/import/input.js';
import { sameForPeople } from '../identity/email.js';

export type PartOfRequest = Partial<ImportRequest>;

/** What `over` says comes first; what it says of one column leaves what `base` says of the others. */
export function overlaid(base: PartOfRequest, over: PartOfRequest): PartOfRequest {
  const { csv, invitations } = { ...base, ...over };
  return {
    ...base,
    ...over,
    ...(csv && { csv: { ...base.csv, ...over.csv } }),
    ...(invitations && { invitations: { ...base.invitations, ...over.invitations } }),
    columns: byName(base.columns, over.columns),
    values: valuesOf(base.values, over.values),
    defaults: byName(base.defaults, over.defaults),
  };
}

function valuesOf(
  base: PartOfRequest['values'] = {},
  over: PartOfRequest['values'] = {},
): NonNullable<PartOfRequest['values']> {
  const both = Object.entries(over).map(([name, texts]) => {
    const [, earlier] = Object.entries(base).find(([other]) => isSame(name, other)) ?? [];
    return [name, { ...earlier, ...texts }] as const;
  });
  return byName(base, Object.fromEntries(both));
}

/** The entries of both, but for those of `base` that `over` has, however its names are spelled. */
function byName<Value>(
  base: Record<string, Value> = {},
  over: Record<string, Value> = {},
): Record<string, Value> {
  const names = Object.keys(over);
  const left = Object.entries(base).filter(([name]) => !names.some((own) => isSame(own, name)));
  return { ...Object.fromEntries(left), ...over };
}

function isSame(a: string, b: string): boolean {
  return sameForPeople(a) === sameForPeople(b);
}
