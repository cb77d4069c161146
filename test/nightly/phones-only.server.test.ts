import { afterAll, beforeAll, test } from 'vitest';
import { PHONE_TRAIT, schemaOf } from '../support/identity-schemas.js';
import { createStage, expectPhonesCreatedOnce, type Stage } from '../support/kills.js';
import { SEED } from '../support/seed.js';

const KILLS = 4;
const SCALE = { rows: 1200, chunkSize: 50, kills: KILLS, seed: SEED };
const LIMIT_MS = 300_000;

let stage: Stage;

beforeAll(async () => {
  const { json } = schemaOf({}, { properties: { phone: PHONE_TRAIT }, required: ['phone'] });
  stage = await createStage({ schemas: { default: json } });
});
afterAll(() => stage.world.close());

test(
  `users who have only a phone number are there once after ${KILLS} kills of workers, one of Kratos and one of Temporal, found again, and undone (SEED=${SEED})`,
  () => expectPhonesCreatedOnce(stage, SCALE),
  LIMIT_MS,
);
