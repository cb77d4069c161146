import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HASH_FORMATS, type HashFormatName } from '../../../../src/passwords/formats/formats.js';
import { kratosHash } from '../../../../src/passwords/formats/kratos-hash.js';
import { passwordHashProblem } from '../../../../src/passwords/hash-formats.js';
import { realHashes } from '../hash-examples.js';
import { made, PUBLISHED } from '../../../support/exported-hashes.js';

const FORMATS = [undefined, ...(Object.keys(HASH_FORMATS) as HashFormatName[])];
const EXPORTED = [...PUBLISHED, ...made()];

/** A real one, with a few characters put in, taken away or exchanged in one of its parts. */
const damaged = fc
  .tuple(fc.constantFrom(...EXPORTED), fc.nat(), fc.nat(), fc.nat(3), fc.string({ maxLength: 4 }))
  .map(([{ format, parts }, which, at, lost, put]) => {
    const names = Object.keys(parts);
    const name = names[which % names.length]!;
    const text = parts[name]!;
    const from = at % (text.length + 1);
    const changed = text.slice(0, from) + put + text.slice(from + lost);
    return { format: format ?? undefined, parts: { ...parts, [name]: changed } };
  });

const partNames = [
  'hash',
  ...new Set(Object.values(HASH_FORMATS).flatMap(({ parts }) => Object.keys(parts))),
];
const anything = fc.record({
  format: fc.constantFrom(...FORMATS),
  parts: fc.dictionary(
    fc.constantFrom(...partNames),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.json(),
      fc.nat().map(String),
      fc.constantFrom(...EXPORTED.flatMap(({ parts }) => Object.values(parts))),
    ),
  ),
});

it('emits nothing that would be refused, never throws, and repeats no part of a cell', () => {
  fc.assert(
    fc.property(fc.oneof(damaged, anything), ({ format, parts }) => {
      const converted = kratosHash(format, parts);
      if ('hash' in converted) expect(passwordHashProblem(converted.hash)).toBeUndefined();
      const reason = Object.values(converted).join();
      if ('hash' in converted) return;
      for (const text of Object.values(parts)) {
        if (text.length > 12) expect(reason).not.toContain(text);
      }
    }),
    { numRuns: 5000 },
  );
});

it('leaves a hash as it is that Kratos takes', () => {
  for (const [name, hash] of realHashes()) {
    expect(kratosHash(undefined, { hash }), name).toEqual({ hash });
  }
});
