import type { FileProblem } from '../contract/codes.js';

/** The file as a whole cannot be imported. The message is the problem's own and holds none of the file's values. */
export class FileError extends Error {
  override readonly name = 'FileError';

  constructor(readonly problem: FileProblem) {
    super(problem.message);
  }
}
