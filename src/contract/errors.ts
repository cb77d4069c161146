/** The input of the import is wrong; the message names the key, what came and what is allowed. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** Something that the import needs is missing or refused; the message says what to do. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
}
