import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { callsOf } from '../../support/source-texts.js';

const files = readdirSync('test', { recursive: true, encoding: 'utf8' });

/** The rows of all tables: what fails, and the tests that the last cell names. */
const rows = readFileSync('docs/failure-modes.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => ({ what: cells[0]!.trim(), tests: cells.at(-1)!.trim() }))
  .filter(({ tests }) => tests !== 'test' && !/^-+$/.test(tests));

/** Test files of a name, such as `kills`, or `faults/kills` where another folder has one of that name. */
function filesOf(name: string): string[] {
  const ends = [`/${name}.test.ts`, `/${name}.server.test.ts`];
  return files.filter((file) => ends.some((end) => `/${file}`.endsWith(end)));
}

describe('the tables of failure modes', () => {
  it('have rows', () => {
    expect(rows.length).toBeGreaterThan(35);
  });

  it.each(rows)('name a test for “$what”: $tests', ({ tests }) => {
    expect(tests).toMatch(/^`[^`]+`(, `[^`]+`)*$/);
    for (const [, name] of tests.matchAll(/`([^`]+)`/g)) {
      const found = filesOf(name!);
      expect(found, name).toHaveLength(1);
      expect(callsOf(`test/${found[0]!}`, ['it', 'test'])).not.toEqual([]);
    }
  });
});
