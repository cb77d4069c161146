/** Random bytes for many users: a request for a few of them costs far more than the bytes. */
import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4096;

let pool = randomBytes(0);

/** Cryptographically strong, each given out once. @param length far fewer than the pool has */
export function pooledRandomBytes(length: number): Uint8Array {
  if (length > pool.length) pool = randomBytes(POOL_BYTES);
  const bytes = pool.subarray(0, length);
  pool = pool.subarray(length);
  return bytes;
}
