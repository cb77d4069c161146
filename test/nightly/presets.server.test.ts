/** An export of each product, imported by its preset alone: everybody comes over as docs/coming-from.md says. */
import { afterAll, beforeAll, test } from 'vitest';
import { PRESET_NAMES } from '../../src/contract/import/preset-names.js';
import { FIREBASE_PARAMETERS, importExport } from '../support/exports.js';
import { imports, type Imports } from '../support/imports.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world, { FIREBASE_HASH_PARAMETERS_FILE: FIREBASE_PARAMETERS });
});
afterAll(() => world.close());

/** What an operator has to say besides, as the page says it. */
const BESIDES: Partial<Record<string, object>> = {
  firebase: { allow: ['unknown-provider'] },
};

test.each(PRESET_NAMES)('%s', async (source) => {
  await importExport(world, all, source, { ...BESIDES[source] });
});
