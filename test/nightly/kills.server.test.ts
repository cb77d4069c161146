import { afterAll, beforeAll, test } from 'vitest';
import {
  createStage,
  expectEachCreatedOnce,
  expectOnlyDifferencesUpdated,
  expectPasswordsSetOnce,
  expectSignInsOnce,
  type Stage,
} from '../support/kills.js';
import { SEED } from '../support/seed.js';

const KILLS = 10;
const SCALE = { rows: 5000, chunkSize: 100, kills: KILLS, seed: SEED };
const LIMIT_MS = 420_000;

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

test(
  `exactly what differs is updated, with what was there before it, in spite of ${KILLS} kills (SEED=${SEED})`,
  () => expectOnlyDifferencesUpdated(stage, SCALE),
  LIMIT_MS,
);

/** One request a user, each of which takes a second here. */
const LATE = { rows: 300, chunkSize: 10, kills: 4, seed: SEED };

test(
  `each late password is set and told once, in spite of ${LATE.kills} kills (SEED=${SEED})`,
  () => expectPasswordsSetOnce(stage, LATE),
  LIMIT_MS,
);

test(
  `every user has the sign-ins of their row, once, in spite of kills (SEED=${SEED})`,
  () => expectSignInsOnce(stage, { rows: 1000, chunkSize: 25, kills: 4, seed: SEED }),
  LIMIT_MS,
);
