/**
 * The hash of a user without a password: a well-formed bcrypt hash that Kratos takes without hashing anything, and that
 * no password anyone knows matches. Its digest is made of its random salt, so that it is recognised wherever it is
 * seen.
 */
import { hash as digestOf } from 'node:crypto';
import { bcryptBase64 } from './base64.js';
import { LIMITS } from './hash-format-checks.js';

/**
 * @param cost bcrypt cost that a login against it is made to pay, 4 to 15; else a `RangeError`
 * @param randomBytes source of cryptographically strong bytes, such as that of `node:crypto`
 */
export function placeholderHash(cost: number, randomBytes: (length: number) => Uint8Array): string {
  const { min, max } = LIMITS.bcryptCost;
  if (!Number.isInteger(cost) || cost < min || cost > max) {
    throw new RangeError(`bcrypt cost must be an integer from ${min} to ${max}`);
  }
  const salt = bcryptBase64(randomBytes(16));
  if (salt.length !== 22) {
    throw new RangeError('randomBytes must return as many bytes as it was asked for');
  }
  return `$2a$${String(cost).padStart(2, '0')}$${salt}${placeholderDigest(salt)}`;
}

const PLACEHOLDER = /^\$2a\$\d\d\$(?<salt>.{22})(?<digest>.{31})$/;

/** Whether a hash is one that `placeholderHash` has made: its user has not chosen a password. */
export function isPlaceholderHash(hash: string): boolean {
  const { salt, digest } = PLACEHOLDER.exec(hash)?.groups ?? {};
  return salt !== undefined && digest === placeholderDigest(salt);
}

/** A password would have to be found whose bcrypt digest is these 184 bits, as hard as for random ones. */
function placeholderDigest(salt: string): string {
  // As a buffer it would take three times as long to hand over.
  const digest = digestOf('sha256', `kratos-user-import no password ${salt}`, 'binary');
  return bcryptBase64(Buffer.from(digest.slice(0, 23), 'binary'));
}
