import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKratos } from '../../../src/kratos/ory-kratos.js';
import { MUTATED_SCHEMA, tryMutatedFiles } from '../../support/mutated-files.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
beforeAll(
  async () => void (world = await createWorld({ schemas: { default: MUTATED_SCHEMA.json } })),
);
afterAll(() => world.close());

test('a live dry run and the import agree on each row of a file with faults, and every user is found', async () => {
  const kratos = createKratos({ adminUrl: world.kratos.adminUrl });
  const { outcomes } = await tryMutatedFiles(kratos, 1, 8);
  const kinds = ['created', 'skipped', 'unchanged', 'invalid', 'failed identifier_conflict'];
  expect([...outcomes.keys()]).toEqual(expect.arrayContaining(kinds));
});
