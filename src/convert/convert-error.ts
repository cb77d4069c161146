/** Why files cannot be converted: what is wrong, where, and what to do. Holds none of their values. */
export class ConvertError extends Error {
  override readonly name = 'ConvertError';
}
