/** The samples of test/fixtures/exports by their presets, without servers: who is refused, and why. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PRESET_NAMES } from '../../../src/contract/import/preset-names.js';
import { parseFirebaseParameters } from '../../../src/passwords/formats/project-parameters.js';
import { FIREBASE_PARAMETERS, peopleOf } from '../../support/exports.js';
import { planFixture } from '../../support/fixtures.js';
import { personSchema } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';

const firebase = parseFirebaseParameters(readFileSync(FIREBASE_PARAMETERS, 'utf8')) as {
  parts: Record<string, string>;
};

/** What an operator has to say besides. */
const BESIDES: Record<string, object> = {
  firebase: { allow: ['unknown-provider'] },
};

it.each(PRESET_NAMES)('%s', async (from) => {
  const run = await planFixture(`exports/${from}`, {
    kratos: new KratosInMemory({ schemas: [personSchema] }),
    projectParameters: { firebase: firebase.parts },
    input: { from, onInvalid: 'import-valid', ...BESIDES[from] },
  });
  const people = Object.values(await peopleOf(from));
  const refused = (await run.rejected()).map(({ codes }) => codes);
  expect(refused).toEqual(
    expect.arrayContaining(people.flatMap(({ codes }) => (codes ? [codes] : []))),
  );
  expect(refused).toHaveLength(people.filter(({ codes }) => codes).length);
  expect(run.findings.rows).toBe(people.length);
  expect(people.length).toBeGreaterThanOrEqual(20);
  const unknown = run.findings.warnings.filter(({ code }) => code === 'unknown_column');
  expect(unknown).toEqual([]);
});
