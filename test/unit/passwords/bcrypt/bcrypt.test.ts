import bcrypt from 'bcrypt';
import { describe, expect, it } from 'vitest';
import {
  createBcrypt,
  loadProgram,
  SALT_BYTES,
  type BcryptProgram,
} from '../../../../src/passwords/bcrypt/bcrypt.js';
import {
  KNOWN_ANSWERS,
  KNOWN_COST,
  knownAnswerAt,
} from '../../../../src/passwords/bcrypt/known-answers.js';
import { fractionOfPi } from '../../../../src/passwords/bcrypt/pi.js';
import { bcryptBase64 } from '../../../../src/passwords/base64.js';
import { HashingError } from '../../../../src/passwords/hashing-error.js';

const WASM = new URL('../../../../dist/bcrypt.wasm', import.meta.url);
const { hash } = createBcrypt(loadProgram(WASM));

/** By the library that wraps OpenBSD's code. */
function reference(password: string, salt: Uint8Array, cost: number): string {
  return bcrypt.hashSync(password, `$2b$${String(cost).padStart(2, '0')}$${bcryptBase64(salt)}`);
}

describe('bcrypt', () => {
  it.each([4, 5, 6, 8, 10, 12])('makes them at cost %i', (cost) => {
    const passwords = ['', 'correct horse battery staple', 'pässwörd 🔑', 'x'.repeat(72)];
    const salts = passwords.map((_, i) => Buffer.alloc(SALT_BYTES, i * 77));
    const expected = passwords.map((one, i) => reference(one, salts[i]!, cost));
    expect(hash(passwords, salts, cost)).toEqual(expected);
  });

  it('knows answers that the reference gives as well', () => {
    for (const { password, salt, digest } of KNOWN_ANSWERS) {
      expect(reference(password, salt, KNOWN_COST).slice(-31)).toBe(digest);
    }
    // A nightly test has those above, which take seconds.
    for (const cost of [4, 5, 6, 7, 8, 9, 10, 11]) {
      const { password, salt, digest } = knownAnswerAt(cost);
      expect(reference(password, salt, cost).slice(-31)).toBe(digest);
    }
  });

  it('reads a password on behind a NUL and up to 72 bytes, as Kratos does at a login', () => {
    const passwords = ['a\0b', 'a\0c', `${'x'.repeat(71)}é`, `${'x'.repeat(71)}ê`];
    const salts = passwords.map(() => Buffer.alloc(SALT_BYTES, 1));
    const made = hash(passwords, salts, 4);
    // Of one salt, so that the passwords alone make the difference.
    expect(made).toEqual(passwords.map((one, i) => reference(one, salts[i]!, 4)));
    expect(made[0]).not.toBe(made[1]);
    // The 72nd byte is the first of the last character, and the same.
    expect(made[2]).toBe(made[3]);
  });

  it('takes no more passwords than it has lanes, and none without a salt of its own', () => {
    const salts = (many: number) => Array.from({ length: many }, () => Buffer.alloc(SALT_BYTES));
    const five = Array<string>(5).fill('x');
    expect(() => hash(five, salts(5), 4)).toThrow(RangeError);
    expect(() => hash(['x', 'y'], salts(1), 4)).toThrow(RangeError);
    expect(() => hash(['x'], [Buffer.alloc(SALT_BYTES - 1)], 4)).toThrow(RangeError);
    for (const cost of [3, 16, 4.5, NaN]) expect(() => hash([], [], cost)).toThrow(RangeError);
  });

  it('begins with the numbers that Blowfish is published with', () => {
    const words = fractionOfPi(18 + 4 * 256);
    const hex = (from: number, to?: number): string[] =>
      Array.from(words.slice(from, to), (word) => word.toString(16).padStart(8, '0'));
    // The first subkeys, the first of S-box 1, the last of S-box 4.
    expect(hex(0, 4)).toEqual(['243f6a88', '85a308d3', '13198a2e', '03707344']);
    expect(hex(18, 20)).toEqual(['d1310ba6', '98dfb5ac']);
    expect(hex(-2)).toEqual(['578fdfe3', '3ac372e6']);
  });
});

describe('a program that goes wrong', () => {
  const LANES = [0, 1, 2, 3];
  const PAIRS = LANES.flatMap((from) => LANES.filter((to) => to !== from).map((to) => [from, to]));
  const SALTS = LANES.map((lane) => Buffer.alloc(SALT_BYTES, 10 + lane));

  /** The program, which does something wrong to its memory after the digests of these rounds. */
  function broken(wrongs: (memory: Buffer, program: BcryptProgram) => void, from: number) {
    const program = loadProgram(WASM);
    const memory = Buffer.from(program.memory.buffer);
    let state = 'sound';
    const digest = (rounds: number): void => {
      program.digest(rounds);
      if (state === 'broken' && rounds >= from) wrongs(memory, program);
    };
    return { program: { ...program, digest }, breakNow: () => void (state = 'broken') };
  }
  const copyLane = (from: number, to: number) => (memory: Buffer, program: BcryptProgram) => {
    const bytes = program.LANE_BYTES.value;
    const start = program.TEXTS.value + from * bytes;
    memory.copyWithin(program.TEXTS.value + to * bytes, start, start + bytes);
  };
  const spoil = (lane: number) => (memory: Buffer, program: BcryptProgram) => {
    memory[program.TEXTS.value + lane * program.LANE_BYTES.value + lane * 5]! ^= 1 << lane;
  };

  it.each(LANES)('in lane %i is not even begun with', (lane) => {
    const { program, breakNow } = broken(spoil(lane), 0);
    breakNow();
    expect(() => createBcrypt(program)).toThrow(/makes wrong hashes.*npm run build/);
  });

  it.each(PAIRS)('by mixing lane %i into lane %i is not even begun with', (from, to) => {
    const { program, breakNow } = broken(copyLane(from, to), 0);
    breakNow();
    expect(() => createBcrypt(program)).toThrow(HashingError);
  });

  it.each(PAIRS)('later, lane %i into lane %i, gives no hash of any lane', (from, to) => {
    // Only with as many rounds as passwords take: the short check does not see it.
    const { program, breakNow } = broken(copyLane(from, to), 16);
    const bcrypt = createBcrypt(program);
    const passwords = LANES.map((lane) => `password ${lane}`);
    expect(bcrypt.hash(passwords, SALTS, 4)).toHaveLength(4);
    breakNow();
    expect(() => bcrypt.hash(passwords, SALTS, 4)).toThrow(/thrown away/);
  });

  it.each([1, 2, 3])('later, in lane %i, is found where the lane has no password', (lane) => {
    const { program, breakNow } = broken(spoil(lane), 16);
    const bcrypt = createBcrypt(program);
    breakNow();
    const passwords = LANES.slice(0, lane).map((other) => `password ${other}`);
    expect(() => bcrypt.hash(passwords, SALTS.slice(0, lane), 4)).toThrow(HashingError);
    expect(() => bcrypt.hash([], [], 4)).toThrow(HashingError);
  });

  it('for good, as with a number of pi that changed, is found in a group without a lane to spare', () => {
    const program = loadProgram(WASM);
    const bcrypt = createBcrypt(program);
    const memory = Buffer.from(program.memory.buffer);
    const passwords = LANES.map((lane) => `password ${lane}`);
    memory[program.PI.value + 3000]! ^= 4;
    expect(() => bcrypt.hash(passwords, SALTS, 4)).toThrow(HashingError);
    memory[program.PI.value + 3000]! ^= 4;
    expect(bcrypt.hash(passwords, SALTS, 4)).toHaveLength(4);
  });

  it('leaves no password in its memory when it has made the hashes', () => {
    const program = loadProgram(WASM);
    createBcrypt(program).hash(['correct horse'], [Buffer.alloc(SALT_BYTES)], 4);
    const memory = Buffer.from(program.memory.buffer).swap32();
    expect(memory.includes('correct horse')).toBe(false);
  });

  it('since it is another one is named as such', () => {
    const nothing = { ...loadProgram(WASM), digest: undefined as never };
    expect(() => createBcrypt(nothing)).toThrow(/makes wrong hashes/);
    expect(() => loadProgram(new URL('bcrypt.test.ts', import.meta.url))).toThrow(
      /bcrypt\.test\.ts, is none\. .*npm run build/,
    );
    expect(() => loadProgram(new URL('missing.wasm', import.meta.url))).toThrow(
      /missing\.wasm, cannot be read \(ENOENT\)\. .*npm run build/,
    );
  });
});
