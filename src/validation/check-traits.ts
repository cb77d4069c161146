/** The rules that the identity schema has for the traits of a row. */
import { addressPath } from '../identity/columns.js';
import { valueAt, type JsonObject } from '../identity/json-pointer.js';
import { compileTraitCheck, traitAt } from '../identity/schema.js';
import type { CheckedRow, Report, RowRules } from './checked-row.js';
import { dotted, guesser, shortened } from './reasons.js';

export function traitsCheck({
  map,
  schema,
}: RowRules): (checked: CheckedRow, report: Report) => void {
  const check = compileTraitCheck(schema);
  const emailPath = dotted(addressPath(map)?.filter((step) => step !== '*') ?? []);
  const traitPaths = map.columns.flatMap(({ target }) =>
    target.to === 'traits' ? [dotted(target.path)] : [],
  );
  const meantIn = enumGuessers({ map, schema });
  return ({ importRow, problems }, report) => {
    const found = check(importRow.traits);
    if (found.length === 0) return;
    // The address has codes of its own, so that one fault of it is not reported twice.
    const isReported = problems.some(
      ({ code }) => code === 'missing_email' || code === 'invalid_email',
    );
    const isOfAddress = (path: string) => isWithin(emailPath, path) || isWithin(path, emailPath);
    const broken = found.filter(({ path }) => !(isReported && isOfAddress(path)));
    if (broken.length === 0) return;
    const reasons = broken.map(({ path, rule }) => {
      // Below a column's own trait are the keys that its cell gives, which are values of the row.
      const trait = traitPaths.find((mapped) => isWithin(path, mapped)) ?? path;
      const meant = meantIn.get(path)?.(importRow.traits) ?? '';
      return trait === '' ? `the traits: ${rule}` : `the trait ${trait} ${rule}${meant}`;
    });
    report('schema_violation', shortened([...new Set(reasons)].join('; ')));
  };
}

/** For each trait that must be one of some texts, the one that a row's traits most likely mean. */
function enumGuessers({
  map,
  schema,
}: Pick<RowRules, 'map' | 'schema'>): Map<string, (traits: JsonObject) => string> {
  const guessers = map.columns.flatMap(({ target }) => {
    const allowed = target.to === 'traits' && traitAt(schema, target.path)?.['enum'];
    if (target.to !== 'traits' || !Array.isArray(allowed)) return [];
    const meant = guesser(allowed.filter((value) => typeof value === 'string'));
    const guess = (traits: JsonObject) => {
      const value = valueAt(traits, target.path);
      return typeof value === 'string' ? meant(value) : '';
    };
    return [[dotted(target.path), guess] as const];
  });
  return new Map(guessers);
}

/** Whether a path is another one or lies below it. */
export function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}
