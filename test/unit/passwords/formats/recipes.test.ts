import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { recipesFor } from '../../../../src/passwords/formats/recipes.js';
import { made, PUBLISHED } from '../../../support/exported-hashes.js';
import { compares } from './compare.js';

it('has a way for each exported hash, though nothing is said but what stands in columns', () => {
  const chosen = ['order', 'salt_encoding', 'key_encoding', 'algorithm'];
  for (const { name, format, parts, password, isTaken } of [...PUBLISHED, ...made()]) {
    if (
      !isTaken ||
      password === undefined ||
      /^(?:argon2|keycloak|firebase|crypt|supa|spring)/.test(name)
    )
      continue;
    const inColumns = Object.entries(parts).filter(([part]) => !chosen.includes(part));
    // Keycloak names its algorithm in the hash's own columns.
    const { recipes } = recipesFor(Object.fromEntries(inColumns));
    const ways = recipes.filter(
      ({ hash }) => /^\$2|^\$argon/.test(hash) || compares(hash, password),
    );
    expect(ways.length, `${name} (${format})`).toBeGreaterThan(0);
  }
});

it('finds the order of salt and password, and how the salt is written', () => {
  const salt = Buffer.from('a salt of 16 by.');
  const hash = createHash('sha256').update('secret').update(salt).digest('base64');
  const { recipes } = recipesFor({ hash, salt: salt.toString('hex') });
  const right = recipes.filter(({ hash }) => compares(hash, 'secret'));
  expect(right).toMatchObject([
    { format: 'sha256', constants: { order: 'after', salt_encoding: 'hex' } },
  ]);
});

it('says why a hash can be read in no way', () => {
  expect(recipesFor({ hash: '$P$BDUCKDUCKDUCKDUCKDUCKDUCKDUCK1' })).toEqual({
    recipes: [],
    refused: [expect.stringMatching(/^is phpass/)],
  });
  expect(recipesFor({ hash: 'no hash' })).toEqual({ recipes: [], refused: [] });
});

it('tries each of Kratos’s strings once', () => {
  const { recipes } = recipesFor({ hash: '0'.repeat(32), salt: 'abcd' });
  expect(recipes.length).toBeLessThan(60);
  expect(new Set(recipes.map(({ hash }) => hash)).size).toBe(recipes.length);
});
