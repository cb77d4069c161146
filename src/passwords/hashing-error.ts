/** This worker cannot hash, or made a wrong hash, which nobody gets. The message holds no password and no hash. */
export class HashingError extends Error {
  override readonly name = 'HashingError';
}
