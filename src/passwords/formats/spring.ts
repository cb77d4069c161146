/** `{id}…`, as Spring Security's DelegatingPasswordEncoder writes them. */
import { pbkdf2, scrypt } from './build.js';
import type { Converted, HashFormat } from './converted.js';
import { fromBase64, fromHexOrBase64 } from './encodings.js';
import { cannotCheck } from './unsupported.js';

export const springFormat: HashFormat = {
  about: 'Spring Security: `{bcrypt}$2a$…`, `{argon2}…`, `{pbkdf2}…`, `{scrypt}…`',
  parts: {},
  convert: ({ hash = '' }) => convertSpring(hash),
};

/** Without an id it is what the encoder wrote by itself. */
function convertSpring(hash: string): Converted {
  const [, id, value = ''] = /^\{([^{}]*)\}(.*)$/.exec(hash) ?? [];
  switch (id) {
    case undefined:
      return { hash };
    case 'bcrypt':
    case 'argon2':
    case 'argon2@SpringSecurity_v5_8':
      return { hash: value };
    case 'scrypt':
    case 'scrypt@SpringSecurity_v5_8':
      return ofScrypt(value);
    case 'pbkdf2':
      return ofPbkdf2(value, 'sha1', 185_000, 8);
    case 'pbkdf2@SpringSecurity_v5_8':
      return ofPbkdf2(value, 'sha256', 310_000, 16);
    case 'MD4':
    case 'MD5':
    case 'SHA-1':
    case 'SHA-256':
    case 'sha256':
    case 'ldap':
      return { unsupported: cannotCheck("one of Spring's old encoders") };
    case 'noop':
      return { problem: 'is a password in the clear ({noop}), not a hash' };
    default:
      return { problem: 'has an id between its braces that is not known' };
  }
}

/** `$<cost, block and parallelization as one number>$<salt>$<key>` */
function ofScrypt(value: string): Converted {
  const [, numbers = '', salt, key, ...more] = value.split('$');
  const [bytes, digest] = [fromBase64(salt ?? ''), fromBase64(key ?? '')];
  if (!/^[0-9a-f]{5,6}$/.test(numbers) || !bytes || !digest || more.length > 0) return notSpring;
  const parameters = parseInt(numbers, 16);
  const cost = { n: 2 ** (parameters >> 16), r: (parameters >> 8) & 255, p: parameters & 255 };
  return { hash: scrypt(cost, bytes, digest) };
}

/** Salt and digest in one, with Spring's own parameters, of which it writes none. */
function ofPbkdf2(
  value: string,
  algorithm: string,
  iterations: number,
  saltBytes: number,
): Converted {
  const bytes = fromHexOrBase64(value);
  if (!bytes || bytes.length !== saltBytes + 32) return notSpring;
  const [salt, digest] = [bytes.subarray(0, saltBytes), bytes.subarray(saltBytes)];
  return { hash: pbkdf2(algorithm, iterations, salt, digest) };
}

const notSpring: Converted = { problem: 'is none that Spring Security writes by default' };
