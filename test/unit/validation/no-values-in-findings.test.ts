import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../src/csv/file-error.js';
import { fixture, planFixture } from '../../support/fixtures.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { schemaOf } from '../../support/identity-schemas.js';
import { FIXTURES, PlannedRun } from '../../support/planned-run.js';

/** Stands in cells, and in names of columns that do not look like names; however it is cased. */
const MARKER = /zq9.?secre/i;

const NAMES = readdirSync(FIXTURES).map((name) => name.replace(/\.csv$/, ''));
const MARKED = NAMES.filter((name) => MARKER.test(fixture(name).toString()));

/** All that validating a file says: to histories and details, and as reasons in rejects.csv. */
async function allThatIsSaid(run: Promise<PlannedRun>): Promise<string> {
  try {
    const { findings, rejected } = await run.then(async (planned) => ({
      findings: planned.findings,
      rejected: await planned.rejected(),
    }));
    return JSON.stringify([findings, rejected]);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return JSON.stringify([error.problem, error.message]);
  }
}

describe('what is said of a file', () => {
  it('is looked at in at least 20 files with values that can be found again', () => {
    expect(MARKED.length).toBeGreaterThanOrEqual(20);
  });

  it.each(MARKED)('holds no value of %s.csv', async (name) => {
    expect(await allThatIsSaid(planFixture(name))).not.toMatch(MARKER);
  });

  it('holds no value of a cell that is JSON, its keys neither', async () => {
    const trait = {
      type: 'object',
      properties: { city: { type: 'string' } },
      additionalProperties: false,
    };
    const open = { type: 'object', additionalProperties: { type: 'integer' } };
    const run = PlannedRun.of(
      'email,address,scores\n' +
        'ann@example.com,"{""Zq9SECRET"":1}",\n' +
        'ben@example.com,,"{""Zq9SECRET"":""Zq9SECRET""}"\n',
      {
        kratos: new KratosInMemory({ schemas: [schemaOf({ address: trait, scores: open })] }),
        input: { columns: { address: 'traits.address', scores: 'traits.scores' } },
      },
    );
    const said = await allThatIsSaid(run);
    expect(said).not.toMatch(MARKER);
    expect(said).toContain('the trait address must NOT have additional properties');
    expect(said).toContain('the trait scores must be integer');
  });
});
