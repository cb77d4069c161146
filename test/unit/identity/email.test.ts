import { describe, expect, it } from 'vitest';
import {
  normalizeIdentifier,
  isAddress,
  isEmailFormat,
  sameForPeople,
  trimmed,
} from '../../../src/identity/email.js';

const label = (length: number) => 'b'.repeat(length);
/** An address of so many bytes, its labels within their bounds. */
const ofBytes = (length: number) => `a@${`${label(49)}.`.repeat(4)}${label(length - 202)}`;

/** Kratos takes these: `isEmail` of ory/jsonschema, that is Go's net/mail with an ASCII host name. */
const VALID = [
  'ann@example.com',
  'ann.smith+tag@mail.example.co.uk',
  "o'hara!#$%&*/=?^_`{|}~-@example.com",
  'ANN@EXAMPLE.COM',
  '1@2.de',
  'zoë@example.com',
  '漢字@example.com',
  '😀@example.com',
  'ann@xn--mller-kva.example',
  'ann@a-b.example',
  `${'a'.repeat(64)}@example.com`,
  `${'é'.repeat(32)}@example.com`,
  `ann@${label(63)}.com`,
  ofBytes(254),
];

const INVALID: [what: string, address: string][] = [
  ['nothing', ''],
  ['no @', 'ann.example.com'],
  ['no local part', '@example.com'],
  ['no domain', 'ann@'],
  ['two @', 'ann@home@example.com'],
  ['a dot first', '.ann@example.com'],
  ['a dot last', 'ann.@example.com'],
  ['two dots', 'ann..smith@example.com'],
  ['a space', 'ann smith@example.com'],
  ['a tab', 'ann\tsmith@example.com'],
  ['a line break', 'ann\nsmith@example.com'],
  ['a no-break space', 'ann\u00a0smith@example.com'],
  ['U+0085', 'ann\u0085smith@example.com'],
  ['NUL', 'ann\0@example.com'],
  ['a quoted local part', '"ann smith"@example.com'],
  ['a comment', 'ann(home)@example.com'],
  ['a display name', 'Ann <ann@example.com>'],
  ['a list', 'ann@example.com,ben@example.com'],
  ['a backslash', 'ann\\smith@example.com'],
  ['a colon', 'mailto:ann@example.com'],
  ['a local part of 65 bytes', `${'a'.repeat(65)}@example.com`],
  ['a local part of 33 characters of two bytes', `${'é'.repeat(33)}@example.com`],
  ['255 bytes', ofBytes(255)],
  ['a label of 64 characters', `ann@${label(64)}.com`],
  ['an empty label', 'ann@example..com'],
  ['a dot at the end', 'ann@example.com.'],
  ['a hyphen first in a label', 'ann@-example.com'],
  ['a hyphen last in a label', 'ann@example-.com'],
  ['a domain that is not ASCII', 'ann@müller.example'],
  ['an underscore in the domain', 'ann@ex_ample.com'],
  ['an address literal', 'ann@[127.0.0.1]'],
];

describe('an address', () => {
  it.each(VALID)('may be %s', (address) => {
    expect(isEmailFormat(address)).toBe(true);
    expect(isAddress(address)).toBe(true);
  });

  it.each(INVALID)('may not have %s', (_what, address) => {
    expect(isEmailFormat(address)).toBe(false);
    expect(isAddress(address)).toBe(false);
  });

  it('without a dot in its domain is one for Kratos, but no user’s', () => {
    expect(isEmailFormat('root@localhost')).toBe(true);
    expect(isAddress('root@localhost')).toBe(false);
    expect(isAddress('ann.smith@localhost')).toBe(false);
  });
});

describe('comparing addresses', () => {
  it('takes no notice of case and of white space around them, U+0085 included', () => {
    for (const same of [
      ' Ann@Example.COM',
      'ann@example.com\t\r\n',
      '\u0085\u00a0ann@EXAMPLE.com',
    ]) {
      expect(normalizeIdentifier(same)).toBe('ann@example.com');
    }
    expect(trimmed(' Ann@Example.COM ')).toBe('Ann@Example.COM');
  });

  it('lower-cases each character by itself, as Kratos does', () => {
    expect(normalizeIdentifier('ΝΊΚΟΣ@example.com')).toBe('νίκοσ@example.com');
    expect(normalizeIdentifier('İPEK@example.com')).toBe('ipek@example.com');
    expect(normalizeIdentifier('ẞÉ@EXAMPLE.COM')).toBe('ßé@example.com');
    expect(normalizeIdentifier('𐐀@example.com')).toBe('𐐨@example.com');
  });

  it('keeps apart what Kratos keeps apart', () => {
    const different = [
      'ann@example.com',
      'a.nn@example.com',
      'ann+x@example.com',
      'änn@example.com',
    ];
    expect(new Set(different.map(normalizeIdentifier)).size).toBe(different.length);
  });
});

describe('what is the same for people', () => {
  const SAME: [what: string, a: string, b: string][] = [
    ['case', 'Ann.Smith@Example.COM', 'ann.smith@example.com'],
    ['case beyond ASCII', 'ZOË@example.com', 'zoë@example.com'],
    ['blanks around', ' ann@example.com\u00a0', 'ann@example.com'],
    ['blanks inside, of another kind and number', 'Ann \u00a0 Smith', 'ann smith'],
    ['the Unicode form', 'zoë@example.com', 'zoe\u0308@example.com'],
    ['the order of marks', 'a\u0323\u0307', 'a\u0307\u0323'],
    ['a dotted I', '\u0130nci', 'I\u0307nci'],
    ['a dotted I with another mark', '\u0130\u0323nci', 'I\u0323\u0307nci'],
    ['a Kelvin sign', '\u212aen', 'ken'],
    ['a zero-width space', 'ann\u200b@example.com', 'ann@example.com'],
    ['a soft hyphen', 'a\u00adnn@example.com', 'ann@example.com'],
    ['a word joiner', '\u2060ann@example.com', 'ann@example.com'],
    ['a mark of direction', '\u202aann@example.com\u202c', 'ann@example.com'],
    ['a byte order mark', 'ann\ufeff@example.com', 'ann@example.com'],
    ['a combining grapheme joiner between marks', 'a\u0323\u034f\u0307', 'a\u0307\u0323'],
    ['a variation selector', '\u2764\ufe0f@example.com', '\u2764@example.com'],
    ['a blank behind an invisible character', '\u200b ann@example.com', 'ann@example.com'],
  ];

  it.each(SAME)('differs in %s alone', (_what, a, b) => {
    expect(sameForPeople(a)).toBe(sameForPeople(b));
  });

  const OTHERS: [what: string, a: string, b: string][] = [
    ['an accent', 'zoe@example.com', 'zoë@example.com'],
    ['a blank', 'ann smith', 'annsmith'],
    ['an apostrophe', "o'neil@example.com", 'o’neil@example.com'],
    ['a look-alike letter', 'dan@example.com', 'd\u0430n@example.com'],
    ['a width', 'ann', '\uff41nn'],
  ];

  it.each(OTHERS)('is not what differs in %s', (_what, a, b) => {
    expect(sameForPeople(a)).not.toBe(sameForPeople(b));
  });
});
