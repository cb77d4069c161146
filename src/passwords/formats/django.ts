/** `<algorithm>$…`, as Django's `auth_user.password` has them. */
import { DIGEST_BYTES, pbkdf2, SALT_BEFORE, salted, scrypt, unsalted } from './build.js';
import type { Converted, HashFormat } from './converted.js';
import { countOf, digestOf, fromBase64 } from './encodings.js';
import { scryptCost } from './derived.js';
import { cannotCheck } from './unsupported.js';

export const djangoFormat: HashFormat = {
  about: 'Django: `pbkdf2_sha256$…`, `argon2$…`, `bcrypt$…`, `scrypt$…`; `!…` is no password',
  parts: {},
  convert: ({ hash = '' }) => convertDjango(hash),
};

function convertDjango(hash: string): Converted {
  if (hash.startsWith('!')) return { none: true };
  const [name = '', ...fields] = hash.split('$');
  switch (name) {
    case 'pbkdf2_sha1':
    case 'pbkdf2_sha256':
    case 'pbkdf2_sha512':
      return ofPbkdf2(name.slice('pbkdf2_'.length), fields);
    case 'argon2':
      return { hash: hash.slice('argon2'.length) };
    case 'bcrypt':
      return { hash: hash.slice('bcrypt$'.length) };
    case 'scrypt':
      return ofScrypt(fields);
    case 'md5':
    case 'sha1':
      return ofDigest(name, fields);
    case 'crypt':
      return { unsupported: cannotCheck('DES of crypt(3)') };
    default:
      // The oldest ones: without a name.
      return ofDigest('md5', ['', hash]);
  }
}

/** The salt is text, and Kratos wants its bytes in base64. */
function ofPbkdf2(algorithm: string, [count, salt, digest, ...more]: string[]): Converted {
  const iterations = countOf(count);
  const bytes = fromBase64(digest ?? '');
  if (iterations === undefined || !salt || !bytes || more.length > 0) return notDjango;
  return { hash: pbkdf2(algorithm, iterations, Buffer.from(salt), bytes) };
}

function ofScrypt([n, salt, r, p, digest, ...more]: string[]): Converted {
  const cost = scryptCost(n, r, p);
  const bytes = fromBase64(digest ?? '');
  if (!cost || !salt || !bytes || more.length > 0) return notDjango;
  return { hash: scrypt(cost, Buffer.from(salt), bytes) };
}

function ofDigest(name: string, [salt, digest, ...more]: string[]): Converted {
  const bytes = digestOf(digest ?? '', DIGEST_BYTES[name]!);
  if (salt === undefined || !bytes || more.length > 0) return notDjango;
  if (salt === '') return { hash: unsalted(name, bytes) };
  return { hash: salted(name, bytes, Buffer.from(salt), SALT_BEFORE) };
}

const notDjango: Converted = { problem: 'is none that Django writes' };
