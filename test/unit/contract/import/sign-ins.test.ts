import { describe, expect, it } from 'vitest';
import { describeSignIns } from '../../../../src/contract/import/sign-ins.js';

const NONE = { wrong: [], others: [], leftOpen: [] };

describe('what came of the sign-ins of known users', () => {
  it.each([
    [{ ...NONE, total: 3 }, '3 of 3 known users signed in.'],
    [
      { ...NONE, total: 3, wrong: [3] },
      '2 of 3 known users signed in; wrong password or unknown: number 3. Do not approve before you know why.',
    ],
    [
      { ...NONE, total: 3, wrong: [1, 3], others: [2] },
      '0 of 3 known users signed in; wrong password or unknown: number 1, 3; more than a password needed, or refused: number 2. Do not approve before you know why.',
    ],
    [
      { ...NONE, total: 1, leftOpen: [1] },
      '1 of 1 known users signed in. Sessions that could not be ended: number 1.',
    ],
    [
      { problem: 'canarySignIns: "a.json": it is not JSON.' },
      'The sign-ins of known users could not be tried. canarySignIns: "a.json": it is not JSON. Do not approve before you know why.',
    ],
  ])('%j', (trial, text) => {
    expect(describeSignIns(trial)).toBe(text);
  });

  it('leaves room for the warning, however many they are', () => {
    const list = Array.from({ length: 25 }, (_, i) => i + 1);
    const text = describeSignIns({
      ...{ total: 50, wrong: list, others: list.map((number) => number + 25) },
      leftOpen: [],
    });
    expect(text).toContain('number 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …; more');
    expect(text.length).toBeLessThan(250);
  });
});
