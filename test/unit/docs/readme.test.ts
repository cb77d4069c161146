/** What the README says of itself beside other importers, by what the program has. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { SOURCES } from '../../../src/convert/sources.js';
import { HASH_FORMATS } from '../../../src/passwords/formats/formats.js';
import { PRESETS } from '../../../src/presets/index.js';

it('counts the products, the conversions and the formats of hashes as they are', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`[exports of ${Object.keys(PRESETS).length} products](`);
  expect(readme).toContain(`[${Object.keys(HASH_FORMATS).length} formats](`);
  expect(Object.keys(SOURCES)).toHaveLength(6);
  expect(readme).toContain('six also [as APIs');
});
