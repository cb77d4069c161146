import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greetingName } from '../../../../src/invitations/mail/greeting-name.js';

describe('a mail greets by a first name', () => {
  it.each([
    'Ann',
    'Jean-Luc',
    "O'Neil",
    'D’Arcy',
    'María José',
    'María del Carmen de los Ángeles',
    'Dr. J.',
    'St. John',
    'J.R.R.',
    'J.-P.',
    'Prof. Łukasz',
    'William (Bill)',
    'Sammy, Jr.',
    'John 3rd',
    '山田 太郎',
    '約翰·史密斯',
    'クリストファー',
    '남궁민수',
    'Ольга Викторовна',
    'Ἀλέξανδρος',
    'मोहनदास करमचंद',
    'عبد الرحمن',
    'שָׁלוֹם',
    'Nguyễn Thị Minh Khai',
    'วรรณพงษ์',
    'Ünïcode',
  ])('%s', (name) => {
    expect(greetingName(name)).toBe(name);
  });

  it('without what is not seen, and without blanks around it', () => {
    expect(greetingName('  علی‌رضا ')).toBe('علیرضا');
  });
});

describe('a mail leaves out what is no first name:', () => {
  it.each([
    'https://evil.example.com/prize',
    'HTTP evil',
    'www evil',
    'evil.example.com',
    'Ann evil.co',
    'Ann.evil.io',
    'пример.рф',
    'evil。com',
    'evil．com',
    'ann@example.com',
    '//evil',
    'Ann <b>',
    '{{ link }}',
    '=HYPERLINK("x")',
    'Your account was locked call us now',
    'Dear customer. Pay',
    'You won!',
    'Call 0800 123 456',
    'あなたのアカウントは停止されました',
    'Ann\nBcc: x',
    'Ann\u2028x',
    'Ann\u0085x',
    'Ann\x1b[2J',
    'Ann\u202egpj',
    'Ann\0',
    'Ann\tx',
    'x'.repeat(61),
    '',
    ' ',
    '...',
    '123',
  ])('%j', (name) => {
    expect(greetingName(name)).toBeUndefined();
  });

  it('whatever holds a link, wherever it is', () => {
    const word = fc.stringMatching(/^[A-Za-z]{1,12}$/);
    const link = fc.oneof(
      fc.webUrl(),
      fc.domain(),
      fc.emailAddress(),
      word.map((name) => `www.${name}`),
    );
    fc.assert(
      fc.property(word, link, fc.constantFrom('', ' ', ', ', '('), (name, bait, between) => {
        expect(greetingName(`${name}${between}${bait}`)).toBeUndefined();
        expect(greetingName(`${bait} ${name}`)).toBeUndefined();
      }),
    );
  });

  it('and what stays is one short line of letters that no mail program makes a link of', () => {
    const pieces = fc.constantFrom('.', ' ', '-', "'", 'a', 'Bo', 'com', '山', '\n', '/', '@', '9');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (name) => {
        const greeted = greetingName(name);
        if (greeted === undefined) return;
        expect(greeted).not.toMatch(/[\p{C}\p{Zl}\p{Zp}/:@<>{}[\]\\]|\.[\p{L}\p{N}]{2}/u);
        expect(greeted.length).toBeLessThanOrEqual(60);
      }),
    );
  });
});
