/** The ways in which a hash may be meant, each as an import would be told of it. */
import type { Parts } from './converted.js';
import { SALT_ENCODINGS } from './encodings.js';
import { HASH_FORMATS, isHashFormat, type HashFormatName } from './formats.js';
import { kratosHash } from './kratos-hash.js';

/** One way to read a hash. */
export interface Recipe {
  /** Absent where the hash says itself what it is. */
  format?: HashFormatName;
  /** What is the same for all hashes of the table, beside what stands in columns. */
  constants: Record<string, string>;
  /** What Kratos is sent. */
  hash: string;
}

/** What is not known of a hash, and is tried. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  order: [
    ...['before', 'after', '{SALT}:{PASSWORD}', '{PASSWORD}:{SALT}', '{SALT}-{PASSWORD}'],
    ...['{PASSWORD}-{SALT}', '{PASSWORD}{{SALT}}', '--{SALT}--{PASSWORD}--'],
  ],
  salt_encoding: SALT_ENCODINGS,
  key_encoding: SALT_ENCODINGS,
  algorithm: ['sha256', 'sha512', 'sha1', 'md5'],
};

/**
 * @param parts the hash, and what stands beside it
 * @returns `recipes`, the likeliest first, each with another hash; else `refused`, why it can be none
 */
export function recipesFor(parts: Parts): { recipes: Recipe[]; refused: string[] } {
  const recipes = new Map<string, Recipe>();
  const refused = new Set<string>();
  const tryIt = (format: HashFormatName | undefined, constants: Record<string, string>): void => {
    const converted = kratosHash(format, { ...partsOf(format, parts), ...constants });
    if ('unsupported' in converted) refused.add(converted.unsupported);
    if ('hash' in converted && !recipes.has(converted.hash)) {
      recipes.set(converted.hash, { ...(format && { format }), constants, hash: converted.hash });
    }
  };
  const others = Object.entries(parts).filter(([part, text]) => part !== 'hash' && text);
  if (others.length === 0) tryIt(undefined, {});
  for (const format of Object.keys(HASH_FORMATS).filter(isHashFormat)) {
    // What stands beside the hash belongs to it: a format that does not read it is another one.
    if (others.some(([part]) => !Object.hasOwn(HASH_FORMATS[format].parts, part))) continue;
    for (const constants of choicesOf(format, parts)) tryIt(format, constants);
  }
  return { recipes: [...recipes.values()], refused: [...refused] };
}

function partsOf(format: HashFormatName | undefined, parts: Parts): Parts {
  return format === undefined ? { hash: parts['hash'] ?? '' } : parts;
}

/** All combinations of what is not given. */
function choicesOf(format: HashFormatName, parts: Parts): Record<string, string>[] {
  const open = Object.keys(HASH_FORMATS[format].parts).filter(
    (part) => parts[part] === undefined && Object.hasOwn(CHOICES, part),
  );
  return open.reduce<Record<string, string>[]>(
    (all, part) =>
      all.flatMap((constants) => CHOICES[part]!.map((text) => ({ ...constants, [part]: text }))),
    [{}],
  );
}
