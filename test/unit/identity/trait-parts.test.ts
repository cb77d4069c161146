import { describe, expect, it } from 'vitest';
import { traitAt, traitUse } from '../../../src/identity/schema.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';

const text = { type: 'string' };

/** What the schema says of the trait `x`. */
function said(x: unknown, definitions: Record<string, unknown> = {}) {
  return traitAt(schemaOf({ x }, {}, { definitions }), ['x']);
}

describe('the type of a trait', () => {
  it.each<[schema: unknown, type: unknown]>([
    [{ type: 'integer' }, 'integer'],
    [{ type: ['integer', 'null'] }, ['integer', 'null']],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, ['integer', 'null']],
    [{ oneOf: [{ $ref: '#/definitions/n' }, { const: false }] }, ['integer', 'boolean']],
    [{ allOf: [{ $ref: '#/definitions/n' }, { maximum: 3 }] }, 'integer'],
    [{ allOf: [{ type: ['string', 'number'] }, { type: 'number' }] }, 'number'],
    [{ allOf: [{ type: 'number' }, { type: 'integer' }] }, 'integer'],
    [{ enum: [1, 2] }, 'number'],
    [{ type: ['string', 'integer'], enum: [1, 2] }, 'integer'],
    [{ enum: ['a', 1, null] }, ['string', 'number', 'null']],
    [{ anyOf: [{ type: 'integer' }, {}] }, undefined],
    [{ anyOf: [{ $ref: '#/definitions/self' }] }, undefined],
    [{}, undefined],
  ])('of %j is %j', (schema, type) => {
    const definitions = {
      n: { type: 'integer' },
      self: { anyOf: [{ $ref: '#/definitions/self' }] },
    };
    expect(said(schema, definitions)!['type']).toEqual(type);
  });
});

describe('what Kratos does with a trait', () => {
  it.each([
    { allOf: [USERNAME_TRAIT] },
    { allOf: [{ $ref: '#/definitions/name' }, { minLength: 2 }] },
    { anyOf: [USERNAME_TRAIT, { type: 'null' }] },
    { oneOf: [{ maxLength: 1 }, { $ref: '#/definitions/name' }] },
  ])('is found in %j', (schema) => {
    expect(traitUse(said(schema, { name: USERNAME_TRAIT })!).identifier).toBe(true);
  });

  it('is all that the parts say', () => {
    const code = { 'ory.sh/kratos': { credentials: { code: { identifier: true, via: 'sms' } } } };
    const recovery = { 'ory.sh/kratos': { recovery: { via: 'email' } } };
    const { unique } = traitUse(said({ allOf: [USERNAME_TRAIT, code, recovery] })!);
    expect(unique.map(({ index }) => index)).toEqual(['password', 'code', 'recovery email']);
  });
});

describe('a trait', () => {
  it.each([
    [{ allOf: [{ properties: { vat: text } }] }, ['vat']],
    [{ if: {}, then: { properties: { vat: text } } }, ['vat']],
    [{ if: {}, else: { properties: { vat: text } } }, ['vat']],
    [{ dependencies: { kind: { properties: { vat: text } } } }, ['vat']],
    [{ patternProperties: { '^v': text } }, ['vat']],
    [{ additionalProperties: text }, ['vat']],
    [{ properties: { l: { type: 'array' } } }, ['l', '*']],
    [{ properties: { l: { items: [text] } } }, ['l', '*']],
    [
      { properties: { l: { allOf: [{ items: { properties: { vat: text } } }] } } },
      ['l', '*', 'vat'],
    ],
    [{ properties: { p: { properties: { vat: true } } } }, ['p', 'vat']],
  ])('is there where %j has it', (rules, path) => {
    expect(traitAt(schemaOf({}, rules), path)).toBeDefined();
  });

  it.each([
    [{ if: { properties: { vat: text } } }, ['vat']],
    [{ not: { properties: { vat: text } } }, ['vat']],
    [{ patternProperties: { '^v$': text, '(?=': text } }, ['vat']],
    [{ properties: { l: text } }, ['l', '*']],
    [{ properties: { p: { properties: { vat: false } } } }, ['p', 'vat']],
    [{ properties: { p: { $ref: '#/properties/traits/properties/p' } } }, ['p', 'vat']],
  ])('is not there where %j only speaks of it', (rules, path) => {
    expect(traitAt(schemaOf({}, rules), path)).toBeUndefined();
  });

  it('has the values of a condition only where it always holds', () => {
    const only = { properties: { kind: { enum: ['a'] } } };
    const kind = (rules: object) => traitAt(schemaOf({ kind: text }, { ...rules }), ['kind']);
    expect(kind({ if: {}, then: only })).not.toHaveProperty('enum');
    expect(kind({ allOf: [only] })).toHaveProperty('enum', ['a']);
  });
});
