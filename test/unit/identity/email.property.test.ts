import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeIdentifier, sameForPeople } from '../../../src/identity/email.js';

const INVISIBLE = ['\u200b', '\u200d', '\u00ad', '\u2060', '\ufeff', '\u202c', '\ufe0f', '\u034f'];
const character = fc.oneof(
  fc.constantFrom(
    ...['a', 'I', 'z', 'Z', '.', '@', ' ', '\u00a0', '\u3000', '\u0085'],
    'ë',
    'É',
    '\u0130',
    '\u212a',
    '\u1f88',
    'Σ',
    '각',
  ),
  fc.constantFrom('\u0308', '\u0307', '\u0323', '\u0345', '\u0301'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const characters = fc.array(character, { maxLength: 12 });

describe('what is the same for people', () => {
  it('is the same in every Unicode form and in the form of Kratos', () => {
    fc.assert(
      fc.property(characters, (chars) => {
        const text = chars.join('');
        const key = sameForPeople(text);
        expect(sameForPeople(text.normalize('NFC'))).toBe(key);
        expect(sameForPeople(text.normalize('NFD'))).toBe(key);
        expect(sameForPeople(normalizeIdentifier(text))).toBe(key);
        expect(sameForPeople(key)).toBe(key);
      }),
    );
  });

  it('is the same with invisible characters anywhere', () => {
    const invisible = fc.array(fc.constantFrom(...INVISIBLE), { minLength: 13, maxLength: 13 });
    fc.assert(
      fc.property(characters, invisible, (chars, between) => {
        const strewn = between.map((char, i) => char + (chars[i] ?? '')).join('');
        expect(sameForPeople(strewn)).toBe(sameForPeople(chars.join('')));
      }),
    );
  });
});
