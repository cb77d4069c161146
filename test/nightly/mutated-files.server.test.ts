import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKratos } from '../../src/kratos/ory-kratos.js';
import { MUTATED_SCHEMA, tryMutatedFiles } from '../support/mutated-files.js';
import { SEED } from '../support/seed.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
beforeAll(
  async () => void (world = await createWorld({ schemas: { default: MUTATED_SCHEMA.json } })),
);
afterAll(() => world.close());

test('live dry runs and imports of 300 files with faults agree on each row, and every user is found', async () => {
  const kratos = createKratos({ adminUrl: world.kratos.adminUrl });
  const { outcomes, refusedFiles } = await tryMutatedFiles(kratos, SEED, 300);
  expect(refusedFiles).toBeLessThan(30);
  for (const kind of ['created', 'skipped', 'updated', 'invalid', 'failed identifier_conflict']) {
    expect(outcomes.get(kind) ?? 0, kind).toBeGreaterThan(5);
  }
}, 600_000);
