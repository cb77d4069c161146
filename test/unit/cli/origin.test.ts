import { describe, expect, it } from 'vitest';
import { renderOrigin } from '../../../src/cli/origin.js';
import type { Origin, SourceMark } from '../../../src/identity/origin.js';

const AT = '2026-11-02T03:00:00.000Z';
const RUN = { workflowId: 'hr-1', runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
const MARK: SourceMark = { name: 'hr', salt: 's', said: 'd', key: 'k', left: { '/state': 'x' } };
const ORIGIN: Origin = { ...RUN, file: 'hr.csv', line: 7, actor: 'alice', at: AT };

const linesOf = (csv_import: object) => renderOrigin('id-1', { csv_import });

describe('where a user comes from', () => {
  it('is the import, and the source that they are of', () => {
    const lines = linesOf({ ...ORIGIN, source: MARK });
    expect(lines).toContain('imported by: alice');
    expect(lines.at(-1)).toBe('source:      hr');
    expect(linesOf(ORIGIN).join()).not.toContain('source');
  });

  it('is no import for one whom a source has taken in', () => {
    const adopted = { ...RUN, actor: 'bob', at: AT };
    expect(linesOf({ source: { ...MARK, adopted } })).toEqual([
      'identity:    id-1',
      'source:      hr',
      `adopted:     at ${AT} by bob, hr-1`,
    ]);
  });

  it('says that the source has deactivated them', () => {
    const lines = linesOf({ ...ORIGIN, source: { ...MARK, deactivated: { ...RUN, at: AT } } });
    expect(lines.at(-1)).toBe(`deactivated: at ${AT}, hr-1`);
  });

  it('is still told where somebody has changed the mark by hand', () => {
    expect(linesOf({ ...ORIGIN, source: { name: 'hr' } })).toEqual(linesOf(ORIGIN));
  });
});
