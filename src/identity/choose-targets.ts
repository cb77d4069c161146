/** Where a column goes whose mapping leaves a choice: to the first place that the identity schema has. */
import { defaultTarget, describeTarget, targetOf, type Target } from './columns.js';
import { sameForPeople } from './email.js';
import type { MappingInput } from './mapping-problems.js';
import type { GivenMapping } from './merge-mappings.js';
import { traitAt, type IdentitySchema } from './schema.js';

/**
 * Decides for each column with a list of targets. A place that is taken, by an entry without a choice or by an earlier
 * list, is none for it. Where the schema has none of the list, the last one holds as it stands; where that is taken, the
 * column is ignored. Entries for columns that the file lacks go, with their values: a list speaks of what may be there.
 * @param names the header's names, trimmed
 * @param mapping whose targets are known to be some
 */
export function chooseTargets(
  names: readonly string[],
  { columns, values, defaults }: GivenMapping,
  schema: IdentitySchema,
): MappingInput {
  const present = new Set([...names, ...Object.keys(defaults)].map(sameForPeople));
  const lists = Object.entries(columns).filter((entry) => typeof entry[1] !== 'string');
  const absent = new Set(
    lists.map(([name]) => sameForPeople(name)).filter((name) => !present.has(name)),
  );
  const chosen = Object.fromEntries(
    Object.entries(columns).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  const taken = new Set([
    ...Object.values(chosen).map(placeOf),
    ...othersIn(names, columns).map(placeOf),
  ]);
  for (const [name, targets] of lists) {
    if (absent.has(sameForPeople(name))) continue;
    const free = [targets].flat().filter((text) => !taken.has(placeOf(text)) || isForMany(text));
    const last = free.find((text) => text === targets.at(-1));
    const target = free.find((text) => isIn(schema, targetOf(text))) ?? last ?? 'ignore';
    chosen[name] = target;
    taken.add(placeOf(target));
  }
  const kept = Object.entries(values).filter(([name]) => !absent.has(sameForPeople(name)));
  return { columns: chosen, values: Object.fromEntries(kept), defaults };
}

/** Where columns go that the mapping says nothing of. */
function othersIn(names: readonly string[], columns: GivenMapping['columns']): string[] {
  const said = new Set(Object.keys(columns).map(sameForPeople));
  return names.flatMap((name) =>
    said.has(sameForPeople(name)) ? [] : (defaultTarget(name) ?? []),
  );
}

function placeOf(text: string): string {
  return describeTarget(targetOf(text));
}

function isForMany(text: string): boolean {
  return text === 'ignore' || text === 'leave_out';
}

function isIn(schema: IdentitySchema, target: Target): boolean {
  if (target.to !== 'traits') return true;
  const trait = traitAt(schema, target.path);
  if (!trait) return false;
  const types = [trait['type'] ?? 'string'].flat();
  return types.some((type) => type !== 'object' && type !== 'array' && type !== 'null');
}
