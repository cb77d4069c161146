import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedList, splitList } from '../../../src/identity/list-cells.js';

describe('a cell with several values', () => {
  it.each([
    ['a@example.com', ['a@example.com']],
    ['a@example.com, b@example.com', ['a@example.com', 'b@example.com']],
    ['a@example.com;b@example.com;', ['a@example.com', 'b@example.com']],
    ['a@example.com\nb@example.com', ['a@example.com', 'b@example.com']],
    ['Smith, Ann; Jones, Ben', ['Smith, Ann', 'Jones, Ben']],
    ['["a;b","c"]', ['a;b', 'c']],
    ['[1, 2]', ['1', '2']],
    ['[a, b', ['[a', 'b']],
    [' ; ,', [',']],
    [';;', []],
  ])('%j is cut into %j', (cell, entries) => {
    expect(splitList(cell)).toEqual(entries);
  });

  it('gives what was joined by semicolons, whatever the values are', () => {
    const value = fc.stringMatching(/^[a-z0-9@.+,-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 9 }), (values) => {
        expect(splitList(values.join('; '))).toEqual(values);
      }),
    );
  });

  it('gives what JSON holds', () => {
    const value = fc.stringMatching(/^[!-~]{1,12}$/);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 9 }), (values) => {
        expect(splitList(JSON.stringify(values))).toEqual(values);
      }),
    );
  });
});

describe('the list of a user whose file has a column for each entry', () => {
  it.each([
    [undefined, ['a'], ['a']],
    [['a', 'b'], ['a'], ['a', 'b']],
    [['b', 'a'], ['A '], ['b', 'a']],
    [['a'], ['b', 'c'], ['a', 'b', 'c']],
    ['text', ['a'], ['a']],
  ])('%j with %j is %j', (stored, given, list) => {
    expect(mergedList(stored, given)).toEqual(list);
  });
});
