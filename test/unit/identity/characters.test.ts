import { describe, expect, it } from 'vitest';
import {
  controlIn,
  hasLookAlike,
  invisibleIn,
  isMojibake,
  isUnusual,
  replacementIn,
  untypedBlankIn,
} from '../../../src/identity/characters.js';

describe('a text', () => {
  it('of visible ASCII and spaces is the usual one', () => {
    expect(isUnusual('Ann Hara-Smith ~1 <a@b.c>')).toBe(false);
    for (const text of ['Zoë', 'a\tb', 'a\u007f', '\u00a0', '漢'])
      expect(isUnusual(text)).toBe(true);
  });

  it.each(['\0', '\x1b', '\x7f', '\x85', '\u202d', '\u202e'])('may hold the control %j', (char) => {
    expect(controlIn(`ab${char}`)?.place).toBe(3);
  });

  it('may hold tabs and line ends', () => {
    expect(controlIn('a\tb\r\nc')).toBeUndefined();
  });
});

describe('an invisible character', () => {
  it.each([
    ['\u200b', 'U+200B'],
    ['\u00ad', 'U+00AD'],
    ['\u2060', 'U+2060'],
    ['\ufeff', 'U+FEFF'],
    ['\u200e', 'U+200E'],
    ['\u202c', 'U+202C'],
    ['\u2066', 'U+2066'],
    ['\u200c', 'U+200C'],
    ['\u200d', 'U+200D'],
    ['\ufe0f', 'U+FE0F'],
    ['\u3164', 'U+3164'],
    ['\u180e', 'U+180E'],
    ['\u034f', 'U+034F'],
    ['\ufff9', 'U+FFF9'],
    ['\u{e0041}', 'U+E0041'],
  ])('is %j, told as %s with its place in characters', (char, name) => {
    expect(invisibleIn(`😀b${char}c`)).toEqual({ name, place: 3 });
  });

  it.each([
    ['a joiner after an Arabic letter', 'می\u200cخواهم'],
    ['a joiner after a sign of Devanagari', 'क्\u200dष'],
    ['an emoji of several', '👩🏽\u200d💻'],
    ['an emoji in colour', '❤\ufe0f'],
    ['accents', 'Zoë Ångström'],
    ['blanks', 'a\u00a0b\u3000c'],
  ])('is not in %s', (_what, text) => {
    expect(invisibleIn(text)).toBeUndefined();
  });

  it('may be a blank that is not typed as one', () => {
    expect(untypedBlankIn('ann\u00a0smith')).toEqual({ name: 'U+00A0', place: 4 });
    expect(untypedBlankIn('山田\u3000太郎')).toBeUndefined();
  });
});

describe('a look-alike', () => {
  it.each([
    ['a curly apostrophe', 'o’neil@example.com'],
    ['a hyphen that is none', 'ann\u2010lee@example.com'],
    ['a Cyrillic letter in a Latin word', 'd\u0430n@example.com'],
    ['a Latin letter in a Cyrillic word', '\u0438\u0432aн@example.com'],
    ['a Greek letter in a Latin word', '\u03bfscar@example.com'],
    ['a pile of marks', `a${'\u0301'.repeat(31)}@example.com`],
    ['full width', '\uff41nn@example.com'],
    ['a ligature', 'ﬁn@example.com'],
  ])('is %s', (_what, text) => {
    expect(hasLookAlike(text)).toBe(true);
  });

  it.each(["o'neil@example.com", 'zoë@example.com', 'zoe\u0308@example.com', 'иван@example.com'])(
    'is not in %s',
    (text) => {
      expect(hasLookAlike(text)).toBe(false);
    },
  );
});

describe('mojibake', () => {
  const windows1252 = new TextDecoder('windows-1252');

  it.each([
    'Zoë',
    'Müller',
    'José',
    'Señor',
    'Łukasz',
    'Čapek',
    'Иван',
    'Ω',
    'it’s',
    '“x”',
    '漢字',
    '😀',
  ])('is what UTF-8 makes of %s when it is read as Windows-1252', (text) => {
    const wrong = windows1252.decode(Buffer.from(text));
    // Five bytes have no character there, and are refused as controls.
    expect(isMojibake(wrong) || controlIn(wrong) !== undefined).toBe(true);
    expect(isMojibake(text)).toBe(false);
  });

  it.each(['Ångström', 'JOÃO', 'Âme', 'ÎLE', 'É»', 'Ñandú', 'Ðorđe', 'façade', 'Ærø', 'Tâm'])(
    'is not %s',
    (text) => {
      expect(isMojibake(text)).toBe(false);
    },
  );
});

it('tells a character that was lost', () => {
  expect(replacementIn('M\ufffdller')).toEqual({ name: 'U+FFFD', place: 2 });
  expect(replacementIn('Müller')).toBeUndefined();
});
