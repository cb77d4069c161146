import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from '../../src/printable.js';

describe('a line for a terminal', () => {
  it.each([
    ['an order to the terminal', 'a\x1b[2Jb', 'a\\u{1b}[2Jb'],
    ['the same in one character of the second set', 'a\x9b2Jb', 'a\\u{9b}2Jb'],
    ['a title of the window', '\x1b]0;root\x07', '\\u{1b}]0;root\\u{7}'],
    ['a way back over what is written', 'refused\rapproved\b', 'refused\\u{d}approved\\u{8}'],
    ['a line of its own', 'a\nb\u2028c\u2029d\x85e', 'a\\u{a}b\\u{2028}c\\u{2029}d\\u{85}e'],
    ['text from right to left', 'a\u202egpj.exe\u2066', 'a\\u{202e}gpj.exe\\u{2066}'],
    ['what is not seen', 'a\u200bb\ufeff\u{e0041}', 'a\\u{200b}b\\u{feff}\\u{e0041}'],
  ])('shows %s in place of obeying it', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each([
    'María José, 山田 太郎',
    'علی‌رضا',
    '👩‍👩‍👧',
    '-> "users.csv" 1,203 … ünïcode',
    'a@example.com',
  ])('leaves %s as it is', (text) => expect(printable(text)).toBe(text));

  it.each([
    ['http://user:secret@kratos:4434/admin', 'http://kratos:4434/admin'],
    ['is postgres://u:se@cret@db/x right', 'is postgres://db/x right'],
    ['"smtp://secret@mail:25" and https://b:secret@c', '"smtp://mail:25" and https://c'],
    ['redis+tls://:secret@h', 'redis+tls://h'],
  ])('shows a URL without its login: %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each([
    'a\u202eb\u200b.csv',
    'caf\u00e9\u0085\u007f\x1b[2J\n"\\',
    '\u{e0041}\ud800',
    'Line\u2028end',
  ])('is JSON that says %j to a program', (text) => {
    const json = printableJson({ text });
    expect(JSON.parse(json)).toEqual({ text });
    expect(printable(json)).toBe(json);
  });

  it('shows no login in JSON', () => {
    expect(JSON.parse(printableJson(['http://user:secret@kratos:4434', 'b@example.com']))).toEqual([
      'http://kratos:4434',
      'b@example.com',
    ]);
  });

  it('has nothing of it left, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        expect(printableLines(text)).toHaveLength(text.split('\n').length);
      }),
    );
  });
});
