import { describe, expect, it } from 'vitest';
import { parseSearchAttributes } from '../../../src/contract/search-attributes.js';

describe('the setting SEARCH_ATTRIBUTES', () => {
  it('gives each fact of an import the name of a search attribute', () => {
    expect(parseSearchAttributes('phase=ImportPhase, left_alone=LeftAlone')).toEqual({
      attributes: { phase: 'ImportPhase', left_alone: 'LeftAlone' },
    });
  });

  it.each([
    ['ImportPhase', /is not a list such as .* one of phase, paused, rows/],
    ['phase=', /is not a list/],
    ['phase=A,', /is not a list/],
    ['address=A', /is not a list/],
    ['__proto__=A', /is not a list/],
    ['phase=Import Phase', /is not a list/],
    ['phase=A,phase=B', /names phase or B twice/],
    ['created=A,updated=A', /names updated or A twice/],
  ])('is not %s', (text, problem) => {
    expect(parseSearchAttributes(text)).toMatchObject({
      problem: expect.stringMatching(problem) as string,
    });
  });
});
