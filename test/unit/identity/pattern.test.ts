import { describe, expect, it } from 'vitest';
import { compilePattern, isPattern } from '../../../src/identity/pattern.js';
import { compileTraitCheck } from '../../../src/identity/schema.js';
import { chooseSchema, onlyKeyIsUnique } from '../../../src/validation/choose-schema.js';
import { schemaOf } from '../../support/identity-schemas.js';

describe('a pattern means what it means to Go', () => {
  it.each<[pattern: string, text: string, matches: boolean]>([
    ['corp', 'ann@corp.example', true],
    ['^\\p{L}+$', 'Zoë漢', true],
    ['^\\pL+$', 'a1', false],
    ['(?i)^ann$', 'ANN', true],
    ['(?i)straße', 'STRASSE', false],
    ['(?s)a.b', 'a\nb', true],
    ['a.b', 'a\nb', false],
    ['^a$', 'a\n', false],
    ['(?m)^b$', 'a\nb', true],
    ['^[[:alpha:]]+\\z', 'abc', true],
    ['^\\w+$', 'é', false],
    ['^\\d$', '٣', false],
    ['^\\s$', '\u00a0', false],
    ['^.$', '😀', true],
    ['^[\\w\\-.]+$', 'a-b.c', true],
    ['^\\x{1F600}$', '😀', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['(?P<year>\\d{4})', '2026', true],
    ['x{2,3}', 'x', false],
    ['', 'anything', true],
  ])('%s on %j', (pattern, text, matches) => {
    expect(compilePattern(pattern).test(text)).toBe(matches);
  });

  it.each([
    ['a lookahead', '^(?=.*[0-9]).+$'],
    ['a lookbehind', '(?<=a)b'],
    ['a back reference', '(a)\\1'],
    ['a possessive repetition', 'a++'],
    ['an escape of JavaScript', '\\u00e4'],
    ['an open bracket', '[a-'],
    ['more repetitions than a thousand', 'a{1001}'],
    ['nesting without end', '('.repeat(5000) + ')'.repeat(5000)],
    ['what would take all memory', '(\\pL{1000}){1000}'],
  ])('and is none with %s', (_what, pattern) => {
    expect(isPattern(pattern)).toBe(false);
  });
});

describe('a schema with a pattern', () => {
  const reasons = (nick: object, value: string) =>
    compileTraitCheck(schemaOf({ nick }))({ email: 'ann@example.com', nick: value });

  it('is checked by it, each of several by its own', () => {
    const nick = { type: 'string', allOf: [{ pattern: '^a' }, { pattern: '(?i)Z$' }] };
    expect(reasons(nick, 'abcz')).toEqual([]);
    expect(reasons(nick, 'bcz')).toEqual([{ path: 'nick', rule: 'must match pattern "^a"' }]);
    expect(reasons(nick, 'abc')).toEqual([{ path: 'nick', rule: 'must match pattern "(?i)Z$"' }]);
  });

  it('of keys holds those keys to their rules', () => {
    const nick = { type: 'object', patternProperties: { '(?i)^x-': { type: 'string' } } };
    const check = compileTraitCheck(schemaOf({ nick }));
    expect(check({ email: 'ann@example.com', nick: { 'X-a': 1 } })).toHaveLength(1);
    expect(check({ email: 'ann@example.com', nick: { y: 1 } })).toEqual([]);
  });

  it('of the format regex takes what Go takes', () => {
    const nick = { type: 'string', format: 'regex' };
    expect(reasons(nick, '(?i)a')).toEqual([]);
    expect(reasons(nick, '(?=a)')).toHaveLength(1);
  });

  it('that Go does not take is refused before any row is read, with its place and what to do', () => {
    const schema = schemaOf({ nick: { type: 'string', pattern: '^(?!admin)' } });
    expect(() => chooseSchema([schema], undefined)).toThrow(
      /^The identity schema "default" cannot be used to validate rows: Kratos cannot load it: at \/properties\/traits\/properties\/nick\/pattern, Go does not take the pattern \(.*`\(\?!`\); lookaheads/,
    );
  });

  it('may have a trait that is called pattern', () => {
    expect(() => compileTraitCheck(schemaOf({ pattern: { type: 'string' } }))).not.toThrow();
  });
});

describe('a schema without end', () => {
  it('that is nested too deep is refused in words', () => {
    const deep = JSON.parse(`${'{"not":'.repeat(7000)}{}${'}'.repeat(7000)}`) as object;
    expect(() => chooseSchema([schemaOf({ nick: deep })], undefined)).toThrow(
      /it is nested more than 100 deep/,
    );
  });

  const keys = [{ path: ['email'], isPhone: false }];
  const map = { columns: [], width: 0, rejectColumns: [], keys };
  const address = { index: 0, name: 'email', target: { to: 'traits' as const, path: ['email'] } };
  const withAddress = { ...map, columns: [{ ...address, rule: 'email' as const }] };

  it.each([
    ['itself by allOf', { allOf: [{ $ref: '#/definitions/a' }] }],
    ['itself by $ref', { $ref: '#/definitions/a' }],
    [
      'itself in many traits',
      {
        properties: Object.fromEntries(
          Array.from({ length: 20 }, (_, i) => [`t${i}`, { $ref: '#/definitions/a' }]),
        ),
      },
    ],
  ])('that refers to %s ends in words, or in an answer', (_how, a) => {
    const schema = schemaOf({ nick: { $ref: '#/definitions/a' } }, {}, { definitions: { a } });
    let answer: unknown;
    try {
      answer = onlyKeyIsUnique([schema], withAddress);
    } catch (error) {
      answer = (error as Error).message;
    }
    expect([
      true,
      false,
      'The identity schema "default" refers to itself without end. Make its traits finite.',
    ]).toContain(answer);
  });
});
