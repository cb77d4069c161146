import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PRESET_NAMES } from '../../../src/contract/import/preset-names.js';
import { PRESETS } from '../../../src/presets/index.js';

const page = readFileSync('docs/coming-from.md', 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text.replaceAll(/\\([<>*_])/g, '$1')]),
);

describe('the page for people who come from another product', () => {
  it('has a section for each preset, in the same order', () => {
    expect([...sections.keys()]).toEqual(PRESET_NAMES.map((name) => PRESETS[name].product));
  });

  it.each(PRESET_NAMES)(
    'says of %s what is lost first, then what is kept, and how it goes',
    (name) => {
      const { product, file, loses, keeps } = PRESETS[name];
      const section = sections.get(product)!;
      const texts = [
        ...['Lost:', ...loses.map((text) => `- ${text}`)],
        ...['Kept:', ...keeps.map((text) => `- ${text}`)],
        ...[`Reads ${file}`, `check users.csv --from ${name}`, `start users.csv --from ${name}`],
      ];
      const places = texts.map((text) => section.indexOf(text));
      expect(texts.filter((_, i) => places[i] === -1)).toEqual([]);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    },
  );
});
