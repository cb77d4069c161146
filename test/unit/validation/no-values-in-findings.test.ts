import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../src/csv/file-error.js';
import { fixture, planFixture } from '../../support/fixtures.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { schemaOf } from '../../support/identity-schemas.js';
import { FIXTURES, PlannedRun } from '../../support/planned-run.js';

/** Is in cells, and in names of columns that do not look like names; however it is cased. */
const MARKER = /zq9.?secre/i;

const NAMES = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.csv'))
  .map((name) => name.replace(/\.csv$/, ''));
const MARKED = NAMES.filter((name) => MARKER.test(fixture(name).toString()));

/** All texts of validating a file: for histories and details, for reports, and the reasons in rejects.csv. */
async function allTexts(run: Promise<PlannedRun>): Promise<string> {
  try {
    const planned = await run;
    const { findings, plan } = planned;
    return JSON.stringify([findings, plan.wrongColumns, await planned.rejected()]);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return JSON.stringify([error.problem, error.message]);
  }
}

describe('the texts about a file', () => {
  it('are checked for at least 20 files with values that can be found again', () => {
    expect(MARKED.length).toBeGreaterThanOrEqual(20);
  });

  it.each(MARKED)('hold no value of %s.csv', async (name) => {
    expect(await allTexts(planFixture(name))).not.toMatch(MARKER);
  });

  it('hold neither a value nor a key of a cell that is JSON', async () => {
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
    const texts = await allTexts(run);
    expect(texts).not.toMatch(MARKER);
    expect(texts).toContain('the trait address must not have additional properties');
    expect(texts).toContain('the trait scores must be integer');
  });

  it('hold nothing of a first line that is a row, whatever its separator is', async () => {
    for (const row of ['Zq9 Secret|Zq9secret, Dr|zq9@example.com', 'Zq9secret;x, zq9secret']) {
      const texts = await allTexts(PlannedRun.of(`${row}\n${row}\n`));
      expect(texts).toContain('unclear_separator');
      expect(texts).not.toMatch(MARKER);
    }
  });
});
