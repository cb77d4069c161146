/** `{SCHEME}…`, as LDAP servers keep `userPassword`. */
import { DIGEST_BYTES, pbkdf2, SALT_AFTER, salted, unsalted } from './build.js';
import type { Converted, HashFormat } from './converted.js';
import { convertCrypt } from './crypt.js';
import { noSuchPbkdf2 } from './derived.js';
import { countOf, digestOf, fromAdaptedBase64, fromBase64, toBase64 } from './encodings.js';
import { cannotCheck } from './unsupported.js';

export const ldapFormat: HashFormat = {
  about:
    'LDAP: `{SSHA}…`, `{SSHA256}…`, `{SHA}…`, `{MD5}…`, `{SMD5}…`, `{CRYPT}$6$…`, also in base64 as LDIF has it',
  parts: {},
  convert: ({ hash = '' }) => convertLdap(hash),
};

export function convertLdap(hash: string): Converted {
  const [, scheme, value] = /^\{([\w-]+)\}(.*)$/.exec(hash) ?? [];
  if (scheme === undefined || value === undefined) return ofLdif(hash);
  // {SSHA-256}, {ssha256}, {PBKDF2_SHA256}: servers differ in case and in what is between.
  const name = scheme.toLowerCase().replaceAll(/[-_]/g, '');
  switch (name) {
    case 'ssha':
    case 'ssha1':
      return { hash: `{SSHA}${padded(value)}` };
    case 'ssha256':
    case 'ssha512':
      return { hash: `{${name.toUpperCase()}}${padded(value)}` };
    case 'sha':
    case 'sha1':
      return ofDigest('sha1', value);
    case 'sha256':
    case 'sha512':
    case 'md5':
      return ofDigest(name, value);
    case 'smd5':
      return ofSaltedMd5(value);
    case 'crypt':
    case 'bcrypt':
    case 'argon2':
      return convertCrypt(value);
    case 'pbkdf2':
    case 'pbkdf2sha1':
    case 'pbkdf2sha256':
    case 'pbkdf2sha512':
      return ofPbkdf2(name.slice('pbkdf2'.length) || 'sha1', value);
    case 'sha384':
    case 'ssha384':
      return { unsupported: cannotCheck('SHA-384') };
    case 'sha224':
    case 'ssha224':
      return { unsupported: cannotCheck('SHA-224') };
    default:
      return { problem: 'has a scheme between its braces that is not known' };
  }
}

/** `userPassword:: e1NTSEF9…`: LDIF writes what has a colon or a brace in front in base64. */
function ofLdif(hash: string): Converted {
  const text = fromBase64(hash)?.toString('latin1');
  if (text !== undefined && /^\{[\w-]+\}[!-~]*$/.test(text)) return convertLdap(text);
  return { problem: 'has no scheme such as {SSHA}' };
}

/** Kratos wants the padding. */
function padded(value: string): string {
  const bytes = fromBase64(value);
  return bytes ? toBase64(bytes) : value;
}

function ofDigest(name: string, value: string): Converted {
  const digest = digestOf(value, DIGEST_BYTES[name]!);
  return digest
    ? { hash: unsalted(name, digest) }
    : { problem: `is not the ${DIGEST_BYTES[name]!} bytes that its scheme has` };
}

function ofSaltedMd5(value: string): Converted {
  const bytes = fromBase64(value);
  if (!bytes || bytes.length <= 16) return { problem: 'is not 16 bytes of digest, then the salt' };
  return { hash: salted('md5', bytes.subarray(0, 16), bytes.subarray(16), SALT_AFTER) };
}

/** OpenLDAP's module: `<iterations>$<salt>$<digest>` in passlib's base64. */
function ofPbkdf2(algorithm: string, value: string): Converted {
  const [count, salt, digest, ...more] = value.split('$');
  const iterations = countOf(count);
  const [bytes, key] = [fromAdaptedBase64(salt ?? ''), fromAdaptedBase64(digest ?? '')];
  if (iterations === undefined || !bytes || !key || more.length > 0) {
    return { problem: 'is not <iterations>$<salt>$<digest>' };
  }
  if (!['sha1', 'sha256', 'sha512'].includes(algorithm)) return { unsupported: noSuchPbkdf2 };
  return { hash: pbkdf2(algorithm, iterations, bytes, key) };
}
