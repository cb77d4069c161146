import { afterAll, beforeAll, expect, test } from 'vitest';
import { FORMATS } from '../../src/identity/json-schema/formats.js';
import { Chance } from '../support/chance.js';
import { mutatedValues } from '../support/mutated-values.js';
import { schemaFor } from '../support/schema-agreement.js';
import { FORMAT_VALUES } from '../support/schema-cases.js';
import { SEED } from '../support/seed.js';
import { takenByKratos } from '../support/taken-by-kratos.js';
import { createWorld, type World } from '../support/world.js';

const VALUES = 3000;
const BATCH = 500;

let world: World;

beforeAll(async () => {
  const names = Object.keys(FORMAT_VALUES);
  // One for each format: Kratos compiles the schema for each user.
  const schemas = names.map((format) => [format, schemaFor(7, [{ type: 'string', format }])]);
  world = await createWorld({ schemas: Object.fromEntries(schemas) as Record<string, object> });
});
afterAll(() => world.close());

test('Kratos and this program take the same of many values that are nearly right', async () => {
  const values = mutatedValues(new Chance(SEED), VALUES);
  for (let i = 0; i < values.length; i += BATCH) {
    const batch = values.slice(i, i + BATCH);
    const asked = batch.map(({ format, value }) => ({ schemaId: format, trait: 't0', value }));
    const taken = await takenByKratos(world.kratos.adminUrl, asked);
    const here = batch.map(({ format, value }) => FORMATS.get(format)?.(value) ?? true);
    const answers = (those: boolean[]) =>
      batch.map(({ format, value }, n) => ({ format, value, isTaken: those[n] }));
    expect(answers(here)).toEqual(answers(taken));
  }
});
