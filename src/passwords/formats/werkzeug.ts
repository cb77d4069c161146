/** `<method>$<salt>$<hexadecimal digest>`, as Werkzeug (Flask) writes them; salts are text. */
import { DIGEST_BYTES, hmac, pbkdf2, scrypt, unsalted } from './build.js';
import type { Converted, HashFormat } from './converted.js';
import { countOf, digestOf, fromHexOrBase64 } from './encodings.js';
import { noSuchPbkdf2, scryptCost } from './derived.js';

export const werkzeugFormat: HashFormat = {
  about: 'Werkzeug (Flask): `scrypt:32768:8:1$…`, `pbkdf2:sha256:600000$…`, older `sha1$…`',
  parts: {},
  convert: ({ hash = '' }) => convertWerkzeug(hash),
};

export function convertWerkzeug(hash: string): Converted {
  const [method = '', salt, digest, ...more] = hash.split('$');
  if (salt === undefined || digest === undefined || more.length > 0) return notWerkzeug;
  const [name = '', ...options] = method.split(':');
  if (name === 'scrypt') return ofScrypt(options, salt, digest);
  if (name === 'pbkdf2') return ofPbkdf2(options, salt, digest);
  return ofDigest(name, salt, digest);
}

function ofScrypt([n, r, p, ...more]: string[], salt: string, digest: string): Converted {
  const cost = scryptCost(n, r, p);
  const bytes = fromHexOrBase64(digest);
  if (!cost || salt === '' || !bytes || more.length > 0) return notWerkzeug;
  return { hash: scrypt(cost, Buffer.from(salt), bytes) };
}

function ofPbkdf2([algorithm = '', count]: string[], salt: string, digest: string): Converted {
  const bytes = fromHexOrBase64(digest);
  if (salt === '' || !bytes) return notWerkzeug;
  if (!['sha1', 'sha256', 'sha512'].includes(algorithm)) return { unsupported: noSuchPbkdf2 };
  const iterations = countOf(count);
  if (iterations === undefined) {
    return { problem: 'names no iterations: they were the default of its version of Werkzeug' };
  }
  return { hash: pbkdf2(algorithm, iterations, Buffer.from(salt), bytes) };
}

/** Before Werkzeug 2.3: an HMAC whose key is the salt. */
function ofDigest(name: string, salt: string, digest: string): Converted {
  const size = Object.hasOwn(DIGEST_BYTES, name) ? DIGEST_BYTES[name]! : 0;
  const bytes = digestOf(digest, size);
  if (!bytes) return notWerkzeug;
  return { hash: salt === '' ? unsalted(name, bytes) : hmac(name, bytes, Buffer.from(salt)) };
}

const notWerkzeug: Converted = { problem: 'is none that Werkzeug writes' };
