/** A thread that hashes what it is sent, a few passwords at a time: see hasher.ts. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { createBcrypt, loadProgram, SALT_BYTES, type Bcrypt } from './bcrypt/bcrypt.js';
import { HashingError } from './hashing-error.js';

export interface HashingThreadData {
  cost: number;
}

/** In the order of the passwords; or why there are none. */
export type HashingAnswer = { hashes: string[] } | { problem: string };

const { cost } = workerData as HashingThreadData;
let bcrypt: Bcrypt | undefined;

parentPort!.on('message', (passwords: string[]) => parentPort!.postMessage(answer(passwords)));

function answer(passwords: string[]): HashingAnswer {
  try {
    bcrypt ??= createBcrypt(loadProgram(new URL('../../bcrypt.wasm', import.meta.url)));
    const salts = passwords.map(() => randomBytes(SALT_BYTES));
    return { hashes: bcrypt.hash(passwords, salts, cost) };
  } catch (error) {
    // An error that crosses threads loses its class.
    if (error instanceof HashingError) return { problem: error.message };
    throw error;
  }
}
