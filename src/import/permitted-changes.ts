/**
 * May this import change this user in this way? The whole rule, and what a change means for those who count it.
 *
 * A change of an address or an identifier is told by the values that the schema marks before and after it, so that it
 * does not matter by which path they change: alone, as entries of a list, or with the object around them.
 */
import type { LeftAloneCode } from '../contract/codes.js';
import {
  CHANGE_KINDS,
  knownName,
  type ChangeKind,
  type Effects,
} from '../contract/import/effects.js';
import type { Allowable } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import { pathsOfRule } from '../identity/columns.js';
import { normalizeIdentifier } from '../identity/email.js';
import type { FoundIdentity } from '../identity/identity.js';
import {
  fromPointer,
  isObject,
  toPointer,
  valueAt,
  valuesAt,
  type JsonObject,
} from '../identity/json-pointer.js';
import { traitPaths, type IdentitySchema, type TraitUse } from '../identity/schema.js';
import type { Plan } from '../store/plan.js';

/** What an import may do to existing users. */
export type UpdateLimits = Pick<Plan, 'schema' | 'map' | 'roles' | 'tenants' | 'allow'>;

export interface PermittedChanges {
  /** Why the import may not touch the user at all. */
  outside: (user: Pick<FoundIdentity, 'schemaId' | 'fields'>) => OutsideCode | undefined;
  /** Why it may not change them in this way; empty where it may. */
  refusals: (changes: Change[]) => LeftAloneCode[];
  /**
   * What the changes mean; undefined where they mean nothing more than other values.
   * @param setsPassword whether the user gets their password as well
   */
  effectsOf: (changes: Change[], setsPassword?: boolean) => Effects | undefined;
}

export type OutsideCode = Extract<LeftAloneCode, 'other_schema' | 'other_tenant' | 'no_tenant'>;

/** Changes that need an entry of the input's `allow`; what takes rights away needs none. */
const NEEDS: Partial<Record<ChangeKind, { allow: Allowable; code: LeftAloneCode }>> = {
  activated: { allow: 'activate', code: 'activation_not_allowed' },
  address: { allow: 'change-address', code: 'address_change_not_allowed' },
  identifier: { allow: 'change-identifier', code: 'identifier_change_not_allowed' },
};

export function permittedChanges(limits: UpdateLimits): PermittedChanges {
  const { schema, allow } = limits;
  const kindsOf = kindsIn(schema);
  const rolesOf = rolesIn(limits);
  const tenantProblem = tenantCheck(limits);
  return {
    outside: ({ schemaId, fields }) =>
      schemaId === schema.id ? tenantProblem(fields) : 'other_schema',
    refusals: (changes) =>
      kindsOf(changes).flatMap((kind) => {
        const need = NEEDS[kind];
        return need && !allow.includes(need.allow) ? [need.code] : [];
      }),
    effectsOf: (changes, setsPassword = false) => {
      const kinds = [...kindsOf(changes), ...(setsPassword ? (['password'] as const) : [])];
      const effects = { kinds, roles: rolesOf(changes) };
      return effects.kinds.length + effects.roles.length > 0 ? effects : undefined;
    },
  };
}

/** Where tenants are kept, besides where a column of the file puts them: a file may well leave the column out. */
const TENANT_PLACES = ['traits', 'metadata_public', 'metadata_admin'].map((root) => [
  root,
  'tenant_id',
]);

function tenantCheck({
  map,
  tenants,
}: UpdateLimits): (fields: FoundIdentity['fields']) => OutsideCode | undefined {
  if (!tenants) return () => undefined;
  const known = new Set<unknown>(tenants);
  const places = [...pathsOfRule(map, 'tenant'), ...TENANT_PLACES];
  return (fields) => {
    const found = places
      .map((path) => valueAt(fields, path))
      .filter((tenant) => tenant !== undefined && tenant !== null && tenant !== '');
    if (found.length === 0) return 'no_tenant';
    return found.every((tenant) => known.has(tenant)) ? undefined : 'other_tenant';
  };
}

function rolesIn({ map, roles }: UpdateLimits): (changes: Change[]) => Effects['roles'] {
  const known = new Set(roles);
  const places = new Set(pathsOfRule(map, 'role').map(toPointer));
  return (changes) =>
    changes
      .filter(({ path }) => places.has(path))
      .map(({ before, after }) => ({
        from: knownName(before, known),
        to: knownName(after, known),
      }));
}

function kindsIn(schema: IdentitySchema): (changes: Change[]) => ChangeKind[] {
  const paths = (wanted: (use: TraitUse) => boolean) =>
    traitPaths(schema, wanted).map((path) => ['traits', ...path]);
  const addresses = paths(({ address }) => address);
  // What an authenticator app shows as the account's name is changed as an identifier is.
  const identifiers = paths(({ identifier, accountName }) => identifier || accountName);
  // Kratos finds a user by it, as by the others.
  identifiers.push(['external_id']);

  return (changes) => {
    const { before, after } = valuesOf(changes);
    const differs = (path: string[]) => entriesAt(before, path) !== entriesAt(after, path);
    const isActive = after['state'] === 'active';
    const has: Partial<Record<ChangeKind, boolean>> = {
      activated: 'state' in after && isActive && before['state'] !== 'active',
      deactivated: 'state' in after && !isActive && before['state'] === 'active',
      address: addresses.some(differs),
      identifier: identifiers.some(differs),
      cleared: changes.some(({ removed }) => removed),
    };
    return CHANGE_KINDS.filter((kind) => has[kind]);
  };
}

/** What the changed fields, and they alone, held before and hold afterwards. */
function valuesOf(changes: Change[]): { before: JsonObject; after: JsonObject } {
  const before: JsonObject = {};
  const after: JsonObject = {};
  for (const change of changes) {
    const path = fromPointer(change.path);
    if (change.before !== undefined) put(before, path, change.before);
    put(after, path, change.after);
  }
  return { before, after };
}

function put(root: JsonObject, path: string[], value: unknown): void {
  let node = root;
  for (const step of path.slice(0, -1)) {
    const next = node[step];
    node = node[step] = isObject(next) ? { ...next } : {};
  }
  node[path.at(-1)!] = value;
}

/** The values at a path as one text, in the form in which Kratos compares them, whatever their order. */
function entriesAt(root: unknown, path: string[]): string {
  const texts = valuesAt(root, path)
    .filter((entry) => entry !== undefined && entry !== null)
    .map((entry) => (typeof entry === 'string' ? normalizeIdentifier(entry) : entry));
  return JSON.stringify([...new Set(texts.map((text) => JSON.stringify(text)))].sort());
}
