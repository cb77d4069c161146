/** What to do about a file or a folder that is not there. Whatever else goes wrong is thrown. */

/** For `catch`: undefined in place of a file or folder that is not there. */
export function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** For `catch` of a listing: a folder that is not there is empty, and so is one where a file has its name. */
export function emptyIfMissing(error: unknown): [] {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return [];
  throw error;
}
