import { describe, expect, it } from 'vitest';
import { saysNothing } from '../../../src/identity/nothing.js';

describe('a word for no value', () => {
  it.each([
    ...[
      'NULL',
      'null',
      'Null',
      '(null)',
      '<null>',
      '[NULL]',
      '\\N',
      '\\n',
      'nil',
      'None',
      '(none)',
    ],
    ...[
      'undefined',
      'NaN',
      'NaT',
      '<NA>',
      'NA',
      'N/A',
      'n/a',
      '#N/A',
      '#NAME?',
      '#REF!',
      '#DIV/0!',
    ],
    ...['#NV', '#WERT!', '-', '--', '[object Object]', '(blank)'],
  ])('is %s', (word) => {
    expect(saysNothing(word)).toBe(true);
  });

  it.each(['', 'Nullmann', 'Na', 'na', 'Nan Goldin', 'Noneman', 'n', '0', '#1', '-1', 'nul', '\0'])(
    'is not %j',
    (text) => {
      expect(saysNothing(text)).toBe(false);
    },
  );

  it('is none of another script', () => {
    expect(saysNothing('Ńull')).toBe(false);
    expect(saysNothing('漢')).toBe(false);
  });
});
