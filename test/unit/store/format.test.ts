import { describe, expect, it } from 'vitest';
import {
  checkFormat,
  FORMAT,
  FORMAT_LINE,
  FormatError,
  withFormat,
} from '../../../src/store/format.js';
import { readPlan } from '../../../src/store/plan.js';
import { VERSION } from '../../../src/version.js';
import { PlannedRun } from '../../support/planned-run.js';

/** What is said of a value; undefined when it can be read. */
function refusalOf(value: unknown): string | undefined {
  try {
    checkFormat('plan.json', value);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  }
}

describe('the format of what a run leaves', () => {
  it('stands in each value, with the version that wrote it', () => {
    expect(withFormat({ rows: 3 })).toEqual({ format: FORMAT, version: VERSION, rows: 3 });
    expect(refusalOf(withFormat({}))).toBeUndefined();
    expect(refusalOf(FORMAT_LINE)).toBeUndefined();
  });

  it('becomes that of today when a value is changed and written again', () => {
    expect(withFormat({ format: 0, version: '0.0.1', rows: 3 })).toEqual(withFormat({ rows: 3 }));
  });

  it('is not known of a later version, which is named', () => {
    const later = { format: FORMAT + 1, version: '7.3.0-rc.1' };
    expect(refusalOf(later)).toBe(
      `plan.json of the run has format ${FORMAT + 1}; user-import ${VERSION} reads formats up to ${FORMAT}. user-import 7.3.0-rc.1 wrote it: use that version, or a later one.`,
    );
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['no format', { version: VERSION }],
    ['a text for a format', { format: '1', version: VERSION }],
    ['part of a format', { format: 0.5, version: VERSION }],
    ['no version', { format: FORMAT + 1 }],
    ['another text for a version', { format: FORMAT + 1, version: 'someone@example.com' }],
  ])('is missing where there is %s, which no message quotes', (_what, value) => {
    const refusal = refusalOf(value);
    expect(refusal).toMatch(/^plan\.json of the run /);
    expect(refusal).not.toContain('@');
  });

  it('is checked before a plan is believed', async () => {
    const run = await PlannedRun.of('email\na@example.com\n');
    const { folder } = run;
    const content = await folder.store.read(folder.plan);
    const plan = JSON.parse(content!.bytes.toString()) as Record<string, unknown>;
    expect(plan).toMatchObject({ format: FORMAT, version: VERSION });
    const later = { ...plan, format: FORMAT + 1, version: '9.0.0', rows: 'of another shape' };
    await folder.store.replace(folder.plan, JSON.stringify(later));
    await expect(readPlan(folder)).rejects.toThrow('user-import 9.0.0 wrote it');
  });
});
