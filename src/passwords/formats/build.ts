/** Kratos's own strings, of the values that they are made of. They are checked where all formats come together. */
import { toBase64, toRawBase64 } from './encodings.js';

/** Size in bytes of the digests that Kratos knows by themselves. */
export const DIGEST_BYTES: Readonly<Record<string, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha512: 64,
};

/** `l` is the length of the digest itself: exports name another one, or none. */
export function pbkdf2(
  algorithm: string,
  iterations: number,
  salt: Uint8Array,
  digest: Uint8Array,
): string {
  return `$pbkdf2-${algorithm}$i=${iterations},l=${digest.length}$${toRawBase64(salt)}$${toRawBase64(digest)}`;
}

/** @param n the cost itself, not its logarithm */
export function scrypt(
  { n, r, p }: { n: number; r: number; p: number },
  salt: Uint8Array,
  digest: Uint8Array,
): string {
  return `$scrypt$ln=${n},r=${r},p=${p}$${toBase64(salt)}$${toBase64(digest)}`;
}

export const SALT_BEFORE = '{SALT}{PASSWORD}';
export const SALT_AFTER = '{PASSWORD}{SALT}';

/**
 * One pass of a digest over password and salt.
 * @param template how the two are put together
 */
export function salted(
  name: string,
  digest: Uint8Array,
  salt: Uint8Array,
  template: string,
): string {
  return `$${name}$pf=${toBase64(template)}$${toBase64(salt)}$${toBase64(digest)}`;
}

/** One pass of a digest over the password alone. */
export function unsalted(name: string, digest: Uint8Array): string {
  if (name === 'md5') return `$md5$${toBase64(digest)}`;
  return salted(name, digest, Buffer.alloc(0), '{PASSWORD}');
}

/** Kratos compares the digest in hexadecimal digits. */
export function hmac(algorithm: string, digest: Uint8Array, key: Uint8Array): string {
  return `$hmac-${algorithm}$${toBase64(Buffer.from(digest).toString('hex'))}$${toBase64(key)}`;
}
