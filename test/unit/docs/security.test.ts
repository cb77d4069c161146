import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');
const [protectedPart = '', unprotected = ''] = page.split('\n## Not protected\n');
const tests = new Set(
  readdirSync('test', { recursive: true, encoding: 'utf8' }).flatMap((path) => {
    const name = /([^/]+?)(\.mocked)?(\.property|\.server)?\.test\.ts$/.exec(path)?.[1];
    return name === undefined ? [] : [name];
  }),
);

/** The items of a list, each on one line. */
const itemsOf = (text: string): string[] =>
  text
    .split(/\n(?=- )|\n\n/)
    .filter((part) => part.startsWith('- '))
    .map((part) => part.replaceAll(/\s+/g, ' ').trim());

describe('the page of what is protected', () => {
  it('has what is and what is not', () => {
    expect(itemsOf(protectedPart).length).toBeGreaterThan(20);
    expect(itemsOf(unprotected).length).toBeGreaterThan(5);
  });

  it.each(itemsOf(protectedPart))('names the tests that show it: %s', (item) => {
    const [, names = ''] = /((?: `[\w-]+`)+)$/.exec(item) ?? [];
    const named = [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
    expect(named).not.toEqual([]);
    for (const name of named) expect(tests, name).toContain(name);
  });
});
