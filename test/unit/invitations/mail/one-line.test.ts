import { describe, expect, it } from 'vitest';
import { oneLine } from '../../../../src/invitations/mail/one-line.js';

describe('a value in a mail', () => {
  it.each([
    ['a line end', 'Ann\r\nBcc: eve@example.com', 'Ann Bcc: eve@example.com'],
    ['a tab and NUL', 'Ann\t\0Lee', 'Ann Lee'],
    ['the line ends of Unicode', 'Ann\u2028Lee\u2029Ray\u0085Mae', 'Ann Lee Ray Mae'],
    ['a turn of direction', 'Ann\u202Egpj.exe\u2066x\u2069', 'Anngpj.exex'],
    ['zero-width characters', '\uFEFFA\u200Bn\u200Dn\u2060', 'Ann'],
    ['letters that show nothing', '\u3164\u115F', ''],
    ['half a character', 'Ann\uD83D', 'Ann'],
    ['blanks around and in it', '  Ann \u00A0 Lee ', 'Ann Lee'],
  ])('loses %s', (_what, value, line) => {
    expect(oneLine(value)).toBe(line);
  });

  it.each(['Søren', 'José María', "O'Neil-Smith", '山田太郎', 'تمارا', 'Zoë 🙂'])(
    'stays as it is: %s',
    (name) => {
      expect(oneLine(name)).toBe(name);
    },
  );

  it('is cut to so many characters, whole ones', () => {
    expect(oneLine('🙂'.repeat(100), 100)).toBe('🙂'.repeat(100));
    expect(oneLine('🙂'.repeat(101), 100)).toBe('🙂'.repeat(99) + '…');
  });
});
