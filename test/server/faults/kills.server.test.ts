import { afterAll, beforeAll, test } from 'vitest';
import { createStage, expectEachCreatedOnce, type Stage } from '../../support/kills.js';
import { SEED } from '../../support/seed.js';

/** test/nightly does the same with 5,000 rows and ten kills, and updates as well. */
const KILLS = 2;
const SCALE = { rows: 480, chunkSize: 20, kills: KILLS, seed: SEED };
const LIMIT_MS = 240_000;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.world.close());

test(
  `every user is there once after ${KILLS} kills of workers, one of Kratos and one of Temporal (SEED=${SEED})`,
  () => expectEachCreatedOnce(stage, SCALE),
  LIMIT_MS,
);
