import { describe, expect, it } from 'vitest';
import { compileSchema } from '../../../../src/identity/json-schema/compiler.js';
import { compileTraitCheck } from '../../../../src/identity/schema.js';
import { DRAFTS, questionsOf, schemaFor } from '../../../support/schema-agreement.js';
import { UNLOADABLE } from '../../../support/schema-cases.js';

describe.each(DRAFTS)('in draft %i, a value is taken where Kratos takes it', (draft) => {
  it.each(questionsOf(draft))('by $schema', ({ schema, answers }) => {
    const json = schemaFor(draft, [schema]);
    const check = compileTraitCheck({ id: 'case', json });
    const here = answers.map(([value]) => [value, check({ t0: value }).length === 0]);
    expect(here).toEqual(answers);
  });
});

describe('a schema that Kratos cannot load', () => {
  const $schemaOf = (draft: number) => `http://json-schema.org/draft-0${draft}/schema#`;

  it.each(UNLOADABLE)('for %j is refused with its place', (schema, drafts = DRAFTS) => {
    for (const draft of DRAFTS) {
      const load = () =>
        compileSchema({ $schema: $schemaOf(draft), properties: { 'a/b': schema } });
      if (!drafts.includes(draft)) expect(load).not.toThrow();
      else expect(load).toThrow(/^Kratos cannot load it: at \/properties\/a~1b\//);
    }
  });

  it.each([
    'http://json-schema.org/draft-07/schema',
    'https://json-schema.org/draft/2020-12/schema',
    '',
    7,
    null,
  ])('since its draft is %j is refused', ($schema) => {
    expect(() => compileSchema({ $schema })).toThrow(
      /^Kratos cannot load it: "\$schema" must be one of http.*, or be left out$/,
    );
  });

  it('may be one for a Kratos of a newer Go: then its rule is left to Kratos', () => {
    const properties = { a: { pattern: '^\\p{Letter}+$' }, b: { pattern: '^\\p{L}+$' } };
    const { check, unchecked } = compileSchema({ properties });
    expect(unchecked).toEqual(['/properties/a/pattern']);
    expect(check({ a: '1' })).toEqual([]);
    expect(check({ b: '1' })).toHaveLength(1);
  });
});

describe('a schema that refers to itself', () => {
  const tree = (keyword: string) => ({
    definitions: {
      tree: {
        [keyword]: [
          { type: 'string' },
          { properties: { left: { $ref: '#/definitions/tree' } }, type: 'object' },
        ],
      },
    },
    properties: { tree: { $ref: '#/definitions/tree' } },
  });
  const nested = (levels: number, leaf: unknown): unknown =>
    levels === 0 ? leaf : { left: nested(levels - 1, leaf) };

  it.each(['anyOf', 'oneOf'])('by %s costs one look at each level of a value', (keyword) => {
    const { check } = compileSchema(tree(keyword));
    expect(check({ tree: nested(32, 'leaf') })).toEqual([]);
    expect(check({ tree: nested(32, 7) }).at(-1)).toEqual({
      path: ['tree'],
      rule: `must match ${keyword === 'anyOf' ? 'a' : 'exactly one'} schema in "${keyword}"`,
    });
  });
});
