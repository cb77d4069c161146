import { afterAll, beforeAll, expect, test } from 'vitest';
import { DRAFTS, questionsOf, schemaFor } from '../../support/schema-agreement.js';
import { takenByKratos, type AskedTrait } from '../../support/taken-by-kratos.js';
import { createWorld, type World } from '../../support/world.js';

/**
 * What test/support/schema-cases.ts says of Kratos is what a running Kratos does; that this program does the same is a
 * unit test.
 */
let world: World;

/** Kratos compiles the schema for each user: small ones are quick. */
const TRAITS_A_SCHEMA = 2;
const BATCH = 500;

interface Question extends AskedTrait {
  schema: object;
  isTaken: boolean;
}

const schemas: Record<string, object> = {};
const questions: Question[] = DRAFTS.flatMap((draft) => {
  // What is the same in each draft is asked in one.
  const each = questionsOf(draft).filter(({ dependsOnDraft }) => draft === 7 || dependsOnDraft);
  return each.flatMap(({ schema, answers }, i) => {
    const first = i - (i % TRAITS_A_SCHEMA);
    const together = each.slice(first, first + TRAITS_A_SCHEMA);
    const place = { schemaId: `draft-${draft}-${first}`, trait: `t${i - first}` };
    schemas[place.schemaId] ??= schemaFor(
      draft,
      together.map((question) => question.schema),
    );
    return answers.map(([value, isTaken]) => ({ ...place, schema, value, isTaken }));
  });
});

beforeAll(async () => {
  world = await createWorld({ schemas });
});
afterAll(() => world.close());

test('Kratos takes and refuses the values that are said to be taken and refused', async () => {
  for (let i = 0; i < questions.length; i += BATCH) {
    const batch = questions.slice(i, i + BATCH);
    const taken = await takenByKratos(world.kratos.adminUrl, batch);
    expect(batch.map((question, n) => ({ ...question, isTaken: taken[n] }))).toEqual(batch);
  }
});
