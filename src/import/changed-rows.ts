/** Which fields of its user a row changes, as far as Temporal and a terminal may show it. */
import type { ChangedField, ChangedRow } from '../contract/import/changed-rows.js';
import { knownName } from '../contract/import/effects.js';
import { PASSWORD_PATH, type Change, type RowOutcome } from '../contract/import/outcomes.js';
import { pathsOfRule } from '../identity/columns.js';
import { fromPointer, toPointer } from '../identity/json-pointer.js';
import { MARK_PATH } from '../identity/origin.js';
import type { Plan } from '../store/plan.js';

/** A row as its outcome tells of it, or as the decision does that becomes one. */
export type DecidedRow = Pick<
  RowOutcome,
  'line' | 'outcome' | 'identityId' | 'changes' | 'password' | 'effects'
>;

/** More of one row tell nothing more of an import. */
const MOST_FIELDS = 12;

/**
 * @returns reads the fields that a row has changed, or would change; undefined where it changes none
 */
export function changedRowReader(
  limits: Pick<Plan, 'map' | 'roles' | 'tenants'>,
): (row: DecidedRow) => ChangedRow | undefined {
  const toField = fieldReader(limits);
  return ({ line, outcome, identityId, changes = [], password, effects }) => {
    if (outcome !== 'updated' && outcome !== 'would_update') return undefined;
    const setsPassword = password !== undefined || effects?.kinds.includes('password') === true;
    const all = [
      ...changes.filter(({ path }) => path !== MARK_PATH).map(toField),
      ...(setsPassword ? [{ path: nameOf(PASSWORD_PATH) }] : []),
    ].sort((a, b) => Number('from' in b) - Number('from' in a));
    if (identityId === undefined || all.length === 0) return undefined;
    const more = all.length - MOST_FIELDS;
    const fields = all.slice(0, MOST_FIELDS);
    return { line, identityId, fields, ...(more > 0 && { more }) };
  };
}

/** The values of roles and tenants are those that the worker knows: any other is somebody's own word. */
function fieldReader({
  map,
  roles,
  tenants,
}: Pick<Plan, 'map' | 'roles' | 'tenants'>): (change: Change) => ChangedField {
  const known = new Map<string, ReadonlySet<string>>();
  for (const path of pathsOfRule(map, 'role')) known.set(toPointer(path), new Set(roles));
  for (const path of tenants ? pathsOfRule(map, 'tenant') : []) {
    known.set(toPointer(path), new Set(tenants));
  }
  return ({ path, before, after, removed }) => {
    const names = known.get(path);
    // A purge takes the values, and leaves the paths.
    const hasValues = after !== undefined || removed === true;
    if (!names || !hasValues) return { path: nameOf(path) };
    return { path: nameOf(path), from: knownName(before, names), to: knownName(after, names) };
  };
}

function nameOf(path: string): string {
  return fromPointer(path).join('.');
}
