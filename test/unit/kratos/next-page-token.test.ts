import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPageToken } from '../../../src/kratos/ory-answers.js';

const link = (rel: string, query: string) =>
  `</admin/identities?page_size=500${query}>; rel="${rel}"`;

describe('the token of the next page', () => {
  it('is the one of the link that is called next, wherever it is among others', () => {
    const first = link('first', '&page_token=first-one');
    const next = link('next', '&page_token=next-one');
    for (const header of [
      next,
      `${first},${next}`,
      `${first}, ${next}`,
      `${next},${first}`,
      `${first},${next},${link('last', '&page_token=last-one')}`,
    ]) {
      expect(nextPageToken(header)).toBe('next-one');
    }
  });

  it('is the one of a link with a whole address', () => {
    const header =
      '<https://kratos.example:4434/identities?page_token=abc&page_size=5>; rel="next"';
    expect(nextPageToken(header)).toBe('abc');
  });

  it.each([
    ['there is no header', ''],
    ['no link is called next', link('first', '&page_token=first-one')],
    [
      'another kind of link is',
      `${link('first', '&page_token=a')},${link('prev', '&page_token=b')}`,
    ],
    ['the next link has no token', link('next', '')],
  ])('is none where %s', (_where, header) => {
    expect(nextPageToken(header)).toBeUndefined();
  });

  it('is read as it was before it was put into an address', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (token) => {
        const query = `&page_token=${encodeURIComponent(token)}`;
        const header = `${link('first', '&page_token=first-one')},${link('next', query)}`;
        expect(nextPageToken(header)).toBe(token);
      }),
    );
    expect(nextPageToken(link('next', '&page_token=eyJwYWdlIjoiMSJ9%3D%3D%2B%2F%26'))).toBe(
      'eyJwYWdlIjoiMSJ9==+/&',
    );
  });
});
