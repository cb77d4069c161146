/** A thread that hashes what it is sent, a few passwords at a time: see hasher.ts. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { loadBcrypt, SALT_BYTES } from './bcrypt/bcrypt.js';

const { cost } = workerData as HashingThreadData;
const bcrypt = loadBcrypt(new URL('../../bcrypt.wasm', import.meta.url));

parentPort!.on('message', (passwords: string[]) => {
  const salts = passwords.map(() => randomBytes(SALT_BYTES));
  parentPort!.postMessage(bcrypt.hash(passwords, salts, cost));
});

export interface HashingThreadData {
  cost: number;
}
