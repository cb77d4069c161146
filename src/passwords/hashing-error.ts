const REMEDY = 'Install the worker anew, or build it: npm run build';

/** What may be wrong, and what to do. No text holds a password or a hash. */
export const HASHING_PROBLEMS = {
  unreadable: (path: string, code: string) =>
    `The program that hashes passwords, ${path}, cannot be read (${code}). ${REMEDY}`,
  noProgram: (path: string) => `The program that hashes passwords, ${path}, is none. ${REMEDY}`,
  wrongProgram: `The program that hashes passwords, bcrypt.wasm, makes wrong hashes. ${REMEDY}`,
  wrongHash:
    'Hashing passwords went wrong, and the hashes were thrown away. If it happens again, do not trust the memory of this machine.',
  otherParameters:
    'FIREBASE_HASH_PARAMETERS_FILE of this worker is not that of the worker that validated the file. Give all workers the same one.',
  threadBroke: (error: string) => `A thread that hashes passwords broke: ${error}.`,
  threadEnded: (status: number) => `A thread that hashes passwords ended by itself (${status}).`,
};

/** This worker cannot hash, or made a wrong hash, which nobody gets. */
export class HashingError extends Error {
  override readonly name = 'HashingError';
}
