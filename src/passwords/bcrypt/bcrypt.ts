/** bcrypt, several hashes at once in WebAssembly: see assembly/bcrypt.ts. */
import { readFileSync } from 'node:fs';
import { bcryptBase64 } from '../base64.js';
import { fractionOfPi } from './pi.js';

/** The part of WebAssembly that is used here, which Node's types leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: BcryptExports };
};

/** What assembly/bcrypt.ts exports: the places are bytes in its memory. */
interface BcryptExports {
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
   * @param passwords of 72 bytes at most in UTF-8: bcrypt overlooks what follows
   * @param salts one for each, of `SALT_BYTES` bytes that nobody can guess
   * @param cost 4 to 31: the two to the power of it is how often it goes round
   * @returns hashes like `$2b$08$…`, in the order of the passwords
   */
  hash(passwords: string[], salts: Uint8Array[], cost: number): string[];
}

/**
 * @param wasm where assembly/bcrypt.ts was compiled to
 * @throws when it does not make the hash that it should: better none than one that no password matches
 */
export function loadBcrypt(wasm: URL): Bcrypt {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)));
  const { KEYS, SALTS, TEXTS, LANE_BYTES } = exports;
  const memory = new DataView(exports.memory.buffer);
  const setWords = (place: number, words: Iterable<number>): void => {
    for (const word of words) {
      memory.setUint32(place, word, true);
      place += 4;
    }
  };
  setWords(exports.PI.value, fractionOfPi(STATE_WORDS));

  const hash: Bcrypt['hash'] = (passwords, salts, cost) => {
    const lanes = passwords.map((password, i) => ({
      key: Buffer.from(`${password}\0`),
      salt: salts[i]!,
      offset: i * LANE_BYTES.value,
    }));
    for (const { key, salt, offset } of lanes) {
      setWords(KEYS.value + offset, repeated(key, LANE_BYTES.value / 4));
      setWords(SALTS.value + offset, repeated(salt, LANE_BYTES.value / 4));
      setWords(TEXTS.value + offset, repeated(TEXT, TEXT.length / 4));
    }
    exports.digest(2 ** cost);
    // No password stays where it is not needed any more.
    new Uint8Array(memory.buffer, KEYS.value, HASHES_AT_ONCE * LANE_BYTES.value).fill(0);
    return lanes.map(({ salt, offset }) => {
      const digest = Buffer.alloc(TEXT.length);
      for (let at = 0; at < digest.length; at += 4) {
        digest.writeUInt32BE(memory.getUint32(TEXTS.value + offset + at, true), at);
      }
      const prefix = `$2b$${String(cost).padStart(2, '0')}$`;
      return `${prefix}${bcryptBase64(salt)}${bcryptBase64(digest.subarray(0, DIGEST_BYTES))}`;
    });
  };
  if (hash(KNOWN.passwords, KNOWN.salts, KNOWN.cost).some((made) => made !== KNOWN.hash)) {
    throw new Error(`${wasm.pathname} makes wrong hashes. Build it again: npm run build`);
  }
  return { hash };
}

/** A test vector of Openwall's crypt_blowfish, for each lane. */
const KNOWN = {
  passwords: Array<string>(HASHES_AT_ONCE).fill('U*U'),
  salts: Array<Buffer>(HASHES_AT_ONCE).fill(Buffer.alloc(SALT_BYTES, '\x10A\x04')),
  cost: 5,
  hash: '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
};

/** Bytes over and over, as big-endian words. */
function* repeated(bytes: Uint8Array, count: number): Generator<number> {
  const next = (at: number): number => bytes[at % bytes.length]!;
  for (let at = 0; at < 4 * count; at += 4) {
    yield ((next(at) << 24) | (next(at + 1) << 16) | (next(at + 2) << 8) | next(at + 3)) >>> 0;
  }
}
