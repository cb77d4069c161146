/** Which of Kratos's identity schemas an import uses, and what all of them say of two users with one value. */
import { InputError, PreflightError } from '../contract/errors.js';
import type { Column, ColumnMap } from '../identity/columns.js';
import { toPointer } from '../identity/json-pointer.js';
import {
  compileTraitCheck,
  uniquePaths,
  unfollowedReference,
  type IdentitySchema,
} from '../identity/schema.js';

/** @throws InputError, PreflightError */
export function chooseSchema(
  schemas: IdentitySchema[],
  wanted: string | undefined,
): IdentitySchema {
  const only = schemas.length === 1 ? schemas[0] : undefined;
  const schema =
    schemas.find(({ id }) => id === (wanted ?? 'default')) ?? (wanted ? undefined : only);
  if (!schema) {
    const got = wanted ? `got "${wanted}"` : 'got nothing, and there is none called "default"';
    throw new InputError(
      `schemaId: ${got}; allowed: one of ${schemas.map(({ id }) => `"${id}"`).join(', ')}.`,
    );
  }
  try {
    compileTraitCheck(schema);
  } catch (error) {
    throw new PreflightError(
      `The identity schema "${schema.id}" cannot be used to validate rows: ${(error as Error).message}.`,
    );
  }
  return schema;
}

/**
 * Whether the key is all that two users can clash on. Users of every schema count: all of them share one space of
 * identifiers.
 */
export function onlyKeyIsUnique(schemas: IdentitySchema[], map: ColumnMap): boolean {
  const [key, ...others] = map.keys;
  // Users may have further entries of a list.
  if (!key || others.length > 0 || key.path.includes('*')) return false;
  const alone = schemas.every(
    (schema) =>
      unfollowedReference(schema) === undefined &&
      uniquePaths(schema).every((path) => toPointer(path) === toPointer(key.path)),
  );
  const isUnique = ({ target }: Column) => target.to === 'external_id' || 'provider' in target;
  return alone && !map.columns.some(isUnique);
}
