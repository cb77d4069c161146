/** Two exports of other products, unedited, with nothing but the name of the product. */
import { afterAll, beforeAll, test } from 'vitest';
import { importExport } from '../../support/exports.js';
import { imports, type Imports } from '../../support/imports.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
});
afterAll(() => world.close());

test.each(['keycloak', 'supabase'] as const)(
  'people from %s come over whole, and sign in with their old passwords',
  async (source) => {
    await importExport(world, all, source);
  },
);
