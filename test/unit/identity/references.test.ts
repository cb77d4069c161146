import { describe, expect, it } from 'vitest';
import { uniquePaths } from '../../../src/identity/schema.js';
import { chooseSchema, onlyKeyIsUnique } from '../../../src/validation/choose-schema.js';
import { PreflightError } from '../../../src/contract/errors.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';

const ID = 'https://example.com/user.json';

/** `name` refers to a user name in the schema's definitions. */
function referring($ref: string, definitions: Record<string, unknown> = {}) {
  const all = { m: USERNAME_TRAIT, ...definitions };
  return schemaOf({ name: { $ref } }, {}, { $id: ID, definitions: all, $defs: all });
}

/** `count` references, each to the next, the last to a user name. */
function chain(count: number): Record<string, unknown> {
  const links = Array.from({ length: count }, (_, i) => [
    `c${i}`,
    { $ref: i + 1 < count ? `#/definitions/c${i + 1}` : '#/definitions/m' },
  ]);
  return Object.fromEntries(links) as Record<string, unknown>;
}

describe('a reference within the schema', () => {
  it.each([
    ['#/definitions/m', {}],
    ['#/$defs/m', {}],
    ['#/properties/traits/properties/email', {}],
    ['#/definitions/a~1b', { 'a/b': USERNAME_TRAIT }],
    ['#/definitions/c0', chain(19)],
  ])('%s is followed to what Kratos does with the trait', (ref, definitions) => {
    const schema = referring(ref, definitions);
    expect(chooseSchema([schema], undefined)).toBe(schema);
    expect(uniquePaths(schema)).toEqual([['email'], ['name']]);
  });

  it.each(['#', '#/definitions/any'])('%s is taken', (ref) => {
    const schema = referring(ref, { any: true });
    expect(chooseSchema([schema], undefined)).toBe(schema);
  });

  it('# is followed to the root', () => {
    const root = { 'ory.sh/kratos': USERNAME_TRAIT['ory.sh/kratos'] };
    const schema = schemaOf({ name: { $ref: '#' } }, {}, root);
    expect(uniquePaths(schema)).toContainEqual(['name']);
  });
});

describe('a reference that leads elsewhere, or by another way', () => {
  const address = { index: 0, name: 'email', target: { to: 'traits' as const, path: ['email'] } };
  const map = {
    columns: [{ ...address, rule: 'email' as const }],
    width: 1,
    rejectColumns: [],
    keys: [{ path: ['email'], isPhone: false }],
  };

  it.each([
    ['#m', { m: { $id: '#m', ...USERNAME_TRAIT } }],
    [`${ID}#/definitions/m`, {}],
    ['user.json#/definitions/m', {}],
    ['name.json', { m: { $id: 'name.json', ...USERNAME_TRAIT } }],
    ['https://example.com/name.json', {}],
    ['#/definitions/%6d', { '%6d': { type: 'string' } }],
    ['#/', {}],
    ['', {}],
    ['#/definitions/none', {}],
    ['#/definitions/c0', chain(25)],
  ])('%j is refused in words that say where it is', (ref, definitions) => {
    const schema = referring(ref, definitions);
    expect(() => chooseSchema([schema], undefined)).toThrow(PreflightError);
    expect(() => chooseSchema([schema], undefined)).toThrow(
      /^The identity schema "default" cannot be used to validate rows: the import does not follow the "\$ref" at \/.*; put what/,
    );
  });

  it('in a schema of other users stops no import, but they may clash on more than the address', () => {
    const other = { ...referring('#m', { m: { $id: '#m', ...USERNAME_TRAIT } }), id: 'other' };
    expect(chooseSchema([schemaOf({}), other], 'default').id).toBe('default');
    expect(onlyKeyIsUnique([schemaOf({})], map)).toBe(true);
    expect(onlyKeyIsUnique([schemaOf({}), other], map)).toBe(false);
  });
});
