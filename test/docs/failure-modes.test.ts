import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { callsOf, textsIn } from '../support/source-texts.js';

const page = readFileSync('docs/failure-modes.md', 'utf8');
const named = [...page.matchAll(/`(test\/[^`]+)`: “([^”]+)”/g)].map(
  ([, file, title]) => [file!, title!] as const,
);

describe('the table of failure modes', () => {
  it('names a test in each of its rows', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'));
    const without = rows.slice(2).filter((row) => !/`test\/[^`]+`: “[^”]+”/.test(row));
    expect(rows.length).toBeGreaterThan(30);
    expect(without).toEqual([]);
  });

  it.each(named)('finds in %s the test “%s”', (file, title) => {
    expect(existsSync(file)).toBe(true);
    const titles = callsOf(file, ['it', 'test']).flatMap((call) =>
      call.arguments[0] ? textsIn(call.arguments[0]) : [],
    );
    expect(titles).toContain(title);
  });
});
