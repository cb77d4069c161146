/** One pass of MD5 or SHA over password and salt, in hexadecimal or base64. */
import { DIGEST_BYTES, SALT_AFTER, SALT_BEFORE, salted, unsalted } from './build.js';
import type { Converted, HashFormat, Parts } from './converted.js';
import { decoded, digestOf, SALT_ENCODINGS } from './encodings.js';

/** Digest and salt in one cell, as Joomla and others have them. */
const JOINED = /^([0-9a-f]{32,128}):(.+)$/i;

const SALT_PARTS = {
  salt: { about: 'the salt, where it stands in a column of its own', secret: true },
  salt_encoding: { about: `${SALT_ENCODINGS.join(', ')}; \`text\` by default` },
  order: {
    about:
      'where the salt was put: `before` or `after` the password, or a template such as `{SALT}-{PASSWORD}`',
  },
} as const;

/** @param name as Kratos calls it */
export function digestFormat(name: string): HashFormat {
  return {
    about: `${name.toUpperCase()} once, in hexadecimal or base64; salted as \`digest:salt\`, or with its salt in a column`,
    parts: SALT_PARTS,
    convert: (parts) => convertDigest(name, parts),
  };
}

export function convertDigest(name: string, parts: Parts): Converted {
  const [, joined, saltBehind] = JOINED.exec(parts['hash'] ?? '') ?? [];
  const digest = digestOf(joined ?? parts['hash'] ?? '', DIGEST_BYTES[name]!);
  if (!digest)
    return {
      problem: `is not the ${DIGEST_BYTES[name]!} bytes of ${name}, in hexadecimal or base64`,
    };
  const salt = saltBehind ?? parts['salt'];
  if (salt === undefined || salt === '') return { hash: unsalted(name, digest) };

  const bytes = decoded(salt, parts['salt_encoding'] ?? 'text');
  if (!bytes)
    return { problem: 'has a salt that is not of its salt_encoding (text, hex or base64)' };
  const template = templateOf(parts['order']);
  if (template === undefined) {
    return {
      problem:
        'has a salt, and its order is not given: before, after, or a template with {SALT} and {PASSWORD}; user-import hash-test finds it',
    };
  }
  return { hash: salted(name, digest, bytes, template) };
}

function templateOf(order: string | undefined): string | undefined {
  if (order === 'before') return SALT_BEFORE;
  if (order === 'after') return SALT_AFTER;
  return order?.includes('{SALT}') && order.includes('{PASSWORD}') ? order : undefined;
}
