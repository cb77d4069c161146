/** Clerk's `password_digest`, of the kind that `password_hasher` names. */
import { pbkdf2 } from './build.js';
import type { Converted, HashFormat, Parts } from './converted.js';
import { convertDigest } from './digests.js';
import { djangoFormat } from './django.js';
import { countOf, fromBase64, fromHex } from './encodings.js';
import { convertFirebase } from './firebase.js';
import { convertLdap } from './ldap.js';
import { cannotCheck } from './unsupported.js';
import { convertWerkzeug } from './werkzeug.js';

export const clerkFormat: HashFormat = {
  about: 'Clerk: `password_digest`, with `password_hasher`',
  parts: {
    hasher: { about: '`password_hasher`' },
    order: {
      about: 'of `md5_salted` and `sha256_salted`: whether the salt was put `before` or `after`',
    },
  },
  needs: ['hasher'],
  convert: convertClerk,
};

const HASHERS: Readonly<Record<string, (hash: string, parts: Parts) => Converted>> = {
  argon2i: (hash) => ({ hash }),
  argon2id: (hash) => ({ hash }),
  bcrypt: (hash) => ({ hash }),
  md5: (hash) => convertDigest('md5', { hash }),
  md5_salted: (hash, parts) => ofSalted('md5', hash, parts),
  sha256: (hash) => convertDigest('sha256', { hash }),
  sha256_salted: (hash, parts) => ofSalted('sha256', hash, parts),
  // A salt that is hexadecimal is, else it is text.
  pbkdf2_sha1: (hash) => ofPbkdf2('sha1', hash, (salt) => fromHex(salt) ?? Buffer.from(salt)),
  pbkdf2_sha256: (hash) => ofPbkdf2('sha256', hash, fromBase64),
  pbkdf2_sha256_django: (hash) => djangoFormat.convert({ hash }),
  pbkdf2_sha512: (hash) => ofPbkdf2('sha512', hash, (salt) => Buffer.from(salt)),
  pbkdf2_sha512_hex: (hash) => ofPbkdf2('sha512', hash, fromHex),
  scrypt_firebase: ofFirebase,
  scrypt_werkzeug: (hash) => convertWerkzeug(hash.replace(/^\$/, '')),
  ldap_ssha: convertLdap,
  awscognito: () => ({ unsupported: cannotCheck("a reference to Cognito's") }),
  bcrypt_peppered: () => ({ unsupported: cannotCheck('bcrypt of a password with a pepper') }),
  bcrypt_sha256_django: () => ({ unsupported: cannotCheck("bcrypt of a password's SHA-256") }),
  hmac_sha256_utf16_b64: () => ({ unsupported: cannotCheck('an HMAC of UTF-16') }),
  md5_phpass: () => ({ unsupported: cannotCheck('phpass') }),
  phpass: () => ({ unsupported: cannotCheck('phpass') }),
  sha512_symfony: () => ({ unsupported: cannotCheck("Symfony's (many rounds of SHA-512)") }),
};

function convertClerk(parts: Parts): Converted {
  const { hash = '', hasher = '' } = parts;
  if (hasher === '') return { problem: 'has no password_hasher beside it' };
  if (!Object.hasOwn(HASHERS, hasher)) {
    return { problem: "has a password_hasher that is none of Clerk's" };
  }
  return HASHERS[hasher]!(hash, parts);
}

/** `<salt>$<digest>`. Clerk does not say which of salt and password comes first. */
function ofSalted(name: string, hash: string, { order }: Parts): Converted {
  const at = hash.lastIndexOf('$');
  const [salt, digest] = [hash.slice(0, Math.max(at, 0)), hash.slice(at + 1)];
  if (salt === '') return { problem: 'is not <salt>$<digest>' };
  return convertDigest(
    name,
    order === undefined ? { hash: digest, salt } : { hash: digest, salt, order },
  );
}

/** `pbkdf2_sha1$<iterations>$<salt>$<digest>`, and of SHA-1 perhaps the digest's length. */
function ofPbkdf2(
  algorithm: string,
  hash: string,
  saltOf: (text: string) => Buffer | undefined,
): Converted {
  const [name, count, salt = '', digest = '', length, ...more] = hash.split('$');
  const iterations = countOf(count);
  const [saltBytes, bytes] = [saltOf(salt), fromHex(digest) ?? fromBase64(digest)];
  const isNamed = name === `pbkdf2_${algorithm}` || name === `pbkdf2_${algorithm}_hex`;
  const isWhole = more.length === 0 && (length === undefined || Number(length) === bytes?.length);
  if (!isNamed || iterations === undefined || !saltBytes?.length || !bytes || !isWhole) {
    return { problem: 'is not <name>$<iterations>$<salt>$<digest> as its password_hasher has it' };
  }
  return { hash: pbkdf2(algorithm, iterations, saltBytes, bytes) };
}

/** `<digest>$<salt>$<signer key>$<salt separator>$<rounds>$<memory cost>` */
function ofFirebase(text: string): Converted {
  const [
    hash = '',
    salt = '',
    signer_key = '',
    salt_separator = '',
    rounds = '',
    mem_cost = '',
    ...more
  ] = text.split('$');
  if (more.length > 0) return { problem: 'has more than the six values of scrypt_firebase' };
  return convertFirebase({ hash, salt, signer_key, salt_separator, rounds, mem_cost });
}
