/** Python's passlib: hashes that look like Kratos's, with other parameters and another base64. */
import { pbkdf2, scrypt } from './build.js';
import type { Converted, HashFormat } from './converted.js';
import { convertCrypt } from './crypt.js';
import { scryptCost } from './derived.js';
import { countOf, fromAdaptedBase64, fromBase64 } from './encodings.js';

export const passlibFormat: HashFormat = {
  about:
    'passlib (Python): `$pbkdf2-sha256$29000$…`, `$scrypt$ln=16,r=8,p=1$…`, bcrypt, argon2, crypt',
  parts: {},
  convert: ({ hash = '' }) => convertPasslib(hash),
};

function convertPasslib(hash: string): Converted {
  const [, name = '', parameters = '', salt = '', digest = '', ...more] = hash.split('$');
  if (/^pbkdf2(?:-sha(?:256|512))?$/.test(name) && more.length === 0) {
    const [count, bytes, key] = [
      countOf(parameters),
      fromAdaptedBase64(salt),
      fromAdaptedBase64(digest),
    ];
    if (count !== undefined && bytes && key) {
      return { hash: pbkdf2(name.slice('pbkdf2-'.length) || 'sha1', count, bytes, key) };
    }
  }
  // passlib writes the logarithm, Kratos N itself.
  const cost = /^ln=(\d{1,2}),r=(\d+),p=(\d+)$/.exec(parameters);
  if (name === 'scrypt' && cost && more.length === 0) {
    const [numbers, bytes, key] = [
      scryptCost(cost[1], cost[2], cost[3]),
      fromBase64(salt),
      fromBase64(digest),
    ];
    if (numbers && bytes && key) return { hash: scrypt(numbers, bytes, key) };
  }
  return convertCrypt(hash);
}
