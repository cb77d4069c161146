import { describe, expect, it } from 'vitest';
import { toE164 } from '../../../src/identity/phone.js';

describe('a phone number', () => {
  it.each([
    ['+14155552671', '+14155552671'],
    ['+1 (415) 555-2672', '+14155552672'],
    ['+49 (0) 170 2345678', '+491702345678'],
    ['+390612345678', '+390612345678'],
    ['tel:+44-20-7946-0958', '+442079460958'],
    ['tel:170-2345678;phone-context=+49', '+491702345678'],
    ['+1 800 FLOWERS', '+18003569377'],
    [
      '\uff0b\uff14\uff19\uff11\uff17\uff10\uff12\uff13\uff14\uff15\uff16\uff17\uff18',
      '+491702345678',
    ],
  ])('%s is %s', (text, number) => {
    expect(toE164(text)).toBe(number);
  });

  it.each(['', 'n/a', '+', '0170 2345680', '00491702345681', '4155552673', '+49', '+99912345678'])(
    'is not "%s"',
    (text) => {
      expect(toE164(text)).toBeUndefined();
    },
  );

  it('is not looked for in a text of any length', () => {
    expect(toE164(`+49${'1'.repeat(1_000_000)}`)).toBeUndefined();
    expect(toE164(`+49${' ('.repeat(500_000)}`)).toBeUndefined();
    for (let i = 0; i < 1000; i++) expect(toE164(`+${i}${'1'.repeat(32_000)}é.`)).toBeUndefined();
    expect(toE164(`+49${' '.repeat(240 - 10)}1702345678`)).toBe('+491702345678');
    expect(toE164(`+49${' '.repeat(240)}1702345678`)).toBeUndefined();
  });
});
