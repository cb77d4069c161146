/** The input of the import is wrong; the message names the key, what came and what is allowed. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** Something that the import needs is missing or refused; the message says what to do. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
}

/** The worker is being ended, or the import asks for the rest: another one does it, or the same one later. */
export class HandedBackError extends Error {
  override readonly name = 'HandedBackError';
}

/** Also of a wait that ended for that reason. */
export function isHandedBack(error: unknown): boolean {
  return (
    error instanceof HandedBackError ||
    (error instanceof Error && error.cause instanceof HandedBackError)
  );
}

/**
 * Whether the engine itself says that the program did something wrong, as no server, file or network can make it: not a
 * wait but only another version of the program mends that.
 */
export function isProgramFault(error: unknown): error is Error {
  const kinds = [TypeError, RangeError, ReferenceError, SyntaxError, URIError];
  return kinds.some((kind) => error instanceof kind) && !Object.hasOwn(error as Error, 'syscall');
}
