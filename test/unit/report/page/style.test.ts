import { describe, expect, it } from 'vitest';
import { STYLE } from '../../../../src/report/page/style.js';

/** The custom properties of a scheme by their names. */
function coloursOf(scheme: 'light' | 'dark'): Record<string, string> {
  const blocks = [...STYLE.matchAll(/:root\{([^}]*--ground[^}]*)\}/g)].map(([, block]) => block!);
  const pairs = blocks[scheme === 'light' ? 0 : 1]!.matchAll(/--([a-z-]+):(#[0-9a-f]{3,6})/g);
  return Object.fromEntries(
    [...pairs].map(([, name = '', colour = '']) => [name, colour] as const),
  );
}

/** As WCAG 2.2 defines it. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const digits =
    colour.length === 4 ? [...colour.slice(1)].map((d) => d + d) : colour.slice(1).match(/../g)!;
  const [red, green, blue] = digits.map((two) => {
    const part = parseInt(two, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const TEXTS = ['text', 'soft', 'link', 'good', 'mixed', 'bad', 'neutral'];
const SHAPES = [
  ...['created', 'updated', 'unchanged', 'skipped', 'left-alone', 'failed', 'invalid'],
  ...['undecided', 'edge'],
];

describe.each(['light', 'dark'] as const)('in the %s scheme', (scheme) => {
  const colours = coloursOf(scheme);

  it.each(TEXTS)('text in %s stands out from what is behind it (WCAG AA)', (name) => {
    for (const ground of ['ground', 'card'])
      expect(contrast(colours[name]!, colours[ground]!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SHAPES)('what is drawn in %s stands out from the page (WCAG AA)', (name) => {
    expect(contrast(colours[name]!, colours['ground']!)).toBeGreaterThanOrEqual(3);
  });
});
