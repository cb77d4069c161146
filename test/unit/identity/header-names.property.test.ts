import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textReader } from '../../../src/identity/cell-text.js';
import { DEFAULT_TARGETS, describeTarget } from '../../../src/identity/columns.js';
import { byHeader } from '../../../src/identity/header-names.js';
import { mapColumns } from '../../../src/identity/map-columns.js';
import { nearest } from '../../../src/identity/nearest.js';
import { personSchema } from '../../support/identity-schemas.js';

const NAMES = Object.keys(DEFAULT_TARGETS);
const UNSEEN = ['', '', '\u200b', '\u00ad', '\ufeff', '\u2060', '\u180e'];
const BLANKS = ['', ' ', '\t', '\u00a0', '\u3000'];

/** The same name as another program or person writes it: nobody sees a difference but in case. */
function spelled(name: string): fc.Arbitrary<string> {
  const characters = Array.from(name, (char) =>
    fc
      .tuple(fc.constantFrom(char, char.toUpperCase()), fc.constantFrom(...UNSEEN))
      .map((parts) => parts.join('')),
  );
  const blank = fc.constantFrom(...BLANKS);
  return fc.tuple(blank, ...characters, blank).map((parts) => parts.join(''));
}

const anyNames = fc
  .uniqueArray(fc.constantFrom(...NAMES.slice(1)))
  .chain((names) =>
    fc.tuple(...['email', ...names].map((name) => fc.tuple(fc.constant(name), spelled(name)))),
  );

describe('a header', () => {
  it('is mapped by what people see of it', () => {
    fc.assert(
      fc.property(anyNames, (header) => {
        const mapped = mapColumns(
          header.map(([, name]) => name.trim()),
          {},
          personSchema,
        );
        expect(mapped.ok && mapped.map.columns.map(({ target }) => describeTarget(target))).toEqual(
          header.map(([name]) => DEFAULT_TARGETS[name]),
        );
        expect(mapped.ok && mapped.warnings).toEqual([]);
      }),
    );
  });

  it('never has two columns that look the same and are both imported', () => {
    const twins = fc.constantFrom(...NAMES).chain((name) => fc.tuple(spelled(name), spelled(name)));
    fc.assert(
      fc.property(twins, ([a, b]) => {
        const mapped = mapColumns(['email', a.trim(), b.trim()], {}, personSchema);
        expect(!mapped.ok && mapped.problem.code).toBe('duplicate_column');
      }),
    );
  });
});

const text = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'A', 'b', ' ', '\u200b', '_') });

describe('what an input says by the names of a header', () => {
  it('holds for the columns that it names, letter for letter first, and is else absent', () => {
    const record = fc.dictionary(text, fc.nat()).map((names) => ({ ...names }));
    fc.assert(
      fc.property(fc.array(text), record, (names, said) => {
        const { of, absent, twice } = byHeader(said, names);
        for (const name of names.filter((each) => Object.hasOwn(said, each))) {
          expect(of.get(name)).toBe(said[name]);
        }
        const values = new Set(of.values());
        for (const [name, value] of Object.entries(said)) {
          const isHeard = values.has(value) || absent.includes(name);
          expect(isHeard || twice.some((pair) => pair.includes(name))).toBe(true);
        }
      }),
    );
  });

  it('is read in the place of a cell that is there letter for letter', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), text, (values, cell) => {
        const read = textReader({ index: 0, name: 'a', target: { to: 'state' }, values });
        const result = read([cell]);
        if (Object.hasOwn(values, cell)) expect(result).toBe(values[cell]);
        else expect([cell, ...Object.values(values)]).toContain(result);
      }),
    );
  });
});

it('the nearest of some names is one of them, and a name is the nearest to itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 80 })), fc.nat(), (names, i) => {
      const found = nearest(names[i % Math.max(names.length, 1)] ?? '', names, (name) => [name]);
      if (found !== undefined) expect(names).toContain(found);
    }),
  );
  for (const name of NAMES) expect(nearest(name, NAMES, (each) => [each])).toBe(name);
});
