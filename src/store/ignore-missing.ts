/** For `catch`: undefined in place of a file or folder that is not there; whatever else went wrong is thrown. */
export function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
