/**
 * bcrypt, several hashes at once in WebAssembly: see assembly/bcrypt.ts.
 *
 * A wrong hash shows weeks later, as a login that fails. Three guards stand before it: the known answers must come out
 * in all lanes when the program is loaded; lanes without a password carry one at the cost in question; and after each
 * group all lanes once more make a short digest that they made when loaded. They find a program, a compiler or a memory
 * that goes wrong and stays so, and a digest that came out of two lanes of a group. A fault that strikes once, in lanes
 * that carry passwords, they do not find.
 */
import { readFileSync } from 'node:fs';
import { bcryptBase64 } from '../base64.js';
import { HASHING_PROBLEMS, HashingError } from '../hashing-error.js';
import { KNOWN_ANSWERS, KNOWN_COST, knownAnswerAt, type LaneInput } from './known-answers.js';
import { fractionOfPi } from './pi.js';

/** The part of WebAssembly that is used here, which Node's types leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: BcryptProgram };
};

/** What assembly/bcrypt.ts exports: the places are bytes in its memory. */
export interface BcryptProgram {
  memory: { buffer: ArrayBuffer };
  LANE_BYTES: { value: number };
  PI: { value: number };
  KEYS: { value: number };
  SALTS: { value: number };
  TEXTS: { value: number };
  digest(rounds: number): void;
}

/** How many hashes one call makes in the time of one: the lanes of assembly/bcrypt.ts. */
export const HASHES_AT_ONCE = 4;
/** Of a salt. */
export const SALT_BYTES = 16;

/** Blowfish's subkeys and S-boxes. */
const STATE_WORDS = 18 + 4 * 256;
/** What bcrypt encrypts. */
const TEXT = Buffer.from('OrpheanBeholderScryDoubt');
/** bcrypt leaves out the last of 24. */
const DIGEST_BYTES = 23;

export interface Bcrypt {
  /**
   * Hashes up to `HASHES_AT_ONCE` passwords, in some 30 ms at cost 8. Blocks its thread meanwhile.
   * @param passwords of 72 bytes at most in UTF-8: bcrypt overlooks what follows. None: only the guards are run
   * @param salts one for each, of `SALT_BYTES` bytes that nobody can guess
   * @param cost 4 to 15: the two to the power of it is how often it goes round
   * @returns hashes like `$2b$08$…`, in the order of the passwords
   * @throws HashingError when a guard finds a fault: then none of the hashes is to be used
   */
  hash(passwords: string[], salts: Uint8Array[], cost: number): string[];
}

/**
 * @param wasm where assembly/bcrypt.ts was compiled to
 * @throws HashingError when there is no such program
 */
export function loadProgram(wasm: URL): BcryptProgram {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(wasm);
  } catch (error) {
    const { code = 'no code' } = error as NodeJS.ErrnoException;
    const problem = HASHING_PROBLEMS.unreadable(wasm.pathname, code);
    throw new HashingError(problem, { cause: error });
  }
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  } catch (error) {
    throw new HashingError(HASHING_PROBLEMS.noProgram(wasm.pathname), { cause: error });
  }
}

/** @throws HashingError when the program does not make the hashes that it should */
export function createBcrypt(program: BcryptProgram): Bcrypt {
  try {
    return withGuards(digestMaker(program));
  } catch (error) {
    if (error instanceof HashingError) throw error;
    // A place that is not exported, or is outside the memory.
    throw new HashingError(HASHING_PROBLEMS.wrongProgram, { cause: error });
  }
}

/** Makes the digests of as many inputs as there are lanes. */
type DigestMaker = (lanes: readonly LaneInput[], rounds: number) => string[];

function withGuards(digestsOf: DigestMaker): Bcrypt {
  const known = digestsOf(KNOWN_ANSWERS, 2 ** KNOWN_COST);
  if (known.some((made, i) => made !== KNOWN_ANSWERS[i]!.digest)) {
    throw new HashingError(HASHING_PROBLEMS.wrongProgram);
  }
  const short = digestsOf(KNOWN_ANSWERS, 1).join();

  return {
    hash: (passwords, salts, cost) => {
      if (passwords.length > HASHES_AT_ONCE || salts.length !== passwords.length) {
        throw new RangeError('there are more passwords than lanes, or not a salt for each');
      }
      const spare = knownAnswerAt(cost);
      const lanes = Array.from({ length: HASHES_AT_ONCE }, (_, i) =>
        i < passwords.length ? { password: passwords[i]!, salt: salts[i]! } : spare,
      );
      const made = digestsOf(lanes, 2 ** cost);
      // Its last digests leave no password in the program's memory.
      const isSound = digestsOf(KNOWN_ANSWERS, 1).join() === short;
      const own = made.splice(0, passwords.length);
      const isRight =
        isSound &&
        made.every((digest) => digest === spare.digest) &&
        // Of different salts no two lanes make the same.
        new Set(own).size >= new Set(salts.map(String)).size;
      if (!isRight) throw new HashingError(HASHING_PROBLEMS.wrongHash);
      const prefix = `$2b$${String(cost).padStart(2, '0')}$`;
      return own.map((digest, i) => `${prefix}${bcryptBase64(salts[i]!)}${digest}`);
    },
  };
}

function digestMaker(program: BcryptProgram): DigestMaker {
  const { KEYS, SALTS, TEXTS, LANE_BYTES } = program;
  const memory = new DataView(program.memory.buffer);
  const setWords = (place: number, words: Iterable<number>): void => {
    for (const word of words) {
      memory.setUint32(place, word, true);
      place += 4;
    }
  };
  setWords(program.PI.value, fractionOfPi(STATE_WORDS));

  return (lanes, rounds) => {
    for (const [i, { password, salt }] of lanes.entries()) {
      if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes`);
      const offset = i * LANE_BYTES.value;
      setWords(KEYS.value + offset, repeated(Buffer.from(`${password}\0`), LANE_BYTES.value / 4));
      setWords(SALTS.value + offset, repeated(salt, LANE_BYTES.value / 4));
      setWords(TEXTS.value + offset, repeated(TEXT, TEXT.length / 4));
    }
    program.digest(rounds);
    return lanes.map((_, i) => {
      const digest = Buffer.alloc(TEXT.length);
      for (let at = 0; at < digest.length; at += 4) {
        const word = memory.getUint32(TEXTS.value + i * LANE_BYTES.value + at, true);
        digest.writeUInt32BE(word, at);
      }
      return bcryptBase64(digest.subarray(0, DIGEST_BYTES));
    });
  };
}

/** Bytes over and over, as big-endian words. */
function* repeated(bytes: Uint8Array, count: number): Generator<number> {
  const next = (at: number): number => bytes[at % bytes.length]!;
  for (let at = 0; at < 4 * count; at += 4) {
    yield ((next(at) << 24) | (next(at + 1) << 16) | (next(at + 2) << 8) | next(at + 3)) >>> 0;
  }
}
