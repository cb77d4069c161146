import { afterAll, beforeAll, test } from 'vitest';
import { expectAuditEqualsOutcomes } from '../support/audited-kills.js';
import { imports, type Imports } from '../support/imports.js';
import { SEED } from '../support/seed.js';
import { createWorld, type World } from '../support/world.js';

const KILLS = 10;

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
});
afterAll(() => world.close());

test(`audit equals outcomes after ${KILLS} worker kills, in the file and in a Postgres that was away and lost answers (SEED=${SEED})`, () =>
  expectAuditEqualsOutcomes(world, all, { rows: 2000, kills: KILLS, seed: SEED }));
