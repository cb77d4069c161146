/**
 * Four bcrypt hashes at once, in AssemblyScript: what `npm run build` makes dist/bcrypt.wasm of.
 *
 * A step of Blowfish waits for the four look-ups of the step before, so that one hash leaves most of a core idle. Four
 * that know nothing of each other, each a lane here, fill it: together they take less than two would one after the
 * other.
 *
 * Reference: Provos and Mazières, "A Future-Adaptable Password Scheme", 1999 (EksBlowfish), and Schneier's Blowfish.
 */

/** How many hashes are made at once; `HASHES_AT_ONCE` in ../bcrypt.ts. */
const LANES: u32 = 4;

/** A lane of keys, salts or texts, in bytes: 18 words, as many as Blowfish has subkeys. */
export const LANE_BYTES: u32 = 72;
const ALL_LANES: u32 = LANES * LANE_BYTES;

// Where everything is in memory, in bytes. The caller writes what is exported; words are little-endian as
// WebAssembly's are.

/** The fraction of pi: the subkeys and then the four S-boxes that Blowfish begins with. */
export const PI: u32 = 1024;
/** Blowfish's subkeys (72 bytes) and S-boxes (four of 1,024 bytes). */
const STATE_BYTES: u32 = 72 + 4 * 1024;
/** A lane's password with its NUL, over and over. */
export const KEYS: u32 = PI + STATE_BYTES;
/** A lane's salt, over and over. */
export const SALTS: u32 = KEYS + ALL_LANES;
/** A lane's text to encrypt, six words, which the digest takes the place of. */
export const TEXTS: u32 = SALTS + ALL_LANES;
/** Never written: it stays 0. */
const ZEROS: u32 = TEXTS + ALL_LANES;

/** The lanes' subkeys and S-boxes: constants, so that each look-up is one instruction. */
const P0: u32 = ZEROS + ALL_LANES;
const S0: u32 = P0 + 72;
const P1: u32 = P0 + STATE_BYTES;
const S1: u32 = P1 + 72;
const P2: u32 = P1 + STATE_BYTES;
const S2: u32 = P2 + 72;
const P3: u32 = P2 + STATE_BYTES;
const S3: u32 = P3 + 72;

/**
 * Makes the digests of all lanes.
 * @param rounds two to the power of bcrypt's cost
 */
export function digest(rounds: u32): void {
  for (let lane: u32 = 0; lane < LANES; lane++) {
    memory.copy(P0 + lane * STATE_BYTES, PI, STATE_BYTES);
  }
  expand(KEYS, SALTS);
  for (let round: u32 = 0; round < rounds; round++) {
    expand(KEYS, ZEROS);
    expand(SALTS, ZEROS);
  }
  for (let lane: u32 = 0; lane < LANES; lane++) {
    encrypt(P0 + lane * STATE_BYTES, TEXTS + lane * LANE_BYTES);
  }
}

/** EksBlowfish's ExpandKey: all of the state made anew from a key and from 16 bytes that repeat. */
function expand(keys: u32, salts: u32): void {
  for (let i: u32 = 0; i < 72; i += 4) {
    store<u32>(i, load<u32>(i, P0) ^ load<u32>(keys + i, 0 * 72), P0);
    store<u32>(i, load<u32>(i, P1) ^ load<u32>(keys + i, 1 * 72), P1);
    store<u32>(i, load<u32>(i, P2) ^ load<u32>(keys + i, 2 * 72), P2);
    store<u32>(i, load<u32>(i, P3) ^ load<u32>(keys + i, 3 * 72), P3);
  }
  let l0: u32 = 0;
  let r0: u32 = 0;
  let l1: u32 = 0;
  let r1: u32 = 0;
  let l2: u32 = 0;
  let r2: u32 = 0;
  let l3: u32 = 0;
  let r3: u32 = 0;
  // Subkeys and S-boxes lie one after the other: two words of them are replaced in each turn.
  for (let i: u32 = 0; i < STATE_BYTES; i += 8) {
    const salt = salts + (i & 8);
    l0 ^= load<u32>(salt, 0 * 72) ^ load<u32>(0, P0);
    r0 ^= load<u32>(salt, 0 * 72 + 4);
    l1 ^= load<u32>(salt, 1 * 72) ^ load<u32>(0, P1);
    r1 ^= load<u32>(salt, 1 * 72 + 4);
    l2 ^= load<u32>(salt, 2 * 72) ^ load<u32>(0, P2);
    r2 ^= load<u32>(salt, 2 * 72 + 4);
    l3 ^= load<u32>(salt, 3 * 72) ^ load<u32>(0, P3);
    r3 ^= load<u32>(salt, 3 * 72 + 4);
    // Two of the sixteen steps in each turn, lane by lane. Not unrolled: V8 makes slower code of that.
    for (let p: u32 = 4; p <= 64; p += 8) {
      r0 ^= mix0(l0) ^ load<u32>(p, P0);
      r1 ^= mix1(l1) ^ load<u32>(p, P1);
      r2 ^= mix2(l2) ^ load<u32>(p, P2);
      r3 ^= mix3(l3) ^ load<u32>(p, P3);
      l0 ^= mix0(r0) ^ load<u32>(p, P0 + 4);
      l1 ^= mix1(r1) ^ load<u32>(p, P1 + 4);
      l2 ^= mix2(r2) ^ load<u32>(p, P2 + 4);
      l3 ^= mix3(r3) ^ load<u32>(p, P3 + 4);
    }
    let right: u32;
    right = l0;
    l0 = r0 ^ load<u32>(68, P0);
    r0 = right;
    right = l1;
    l1 = r1 ^ load<u32>(68, P1);
    r1 = right;
    right = l2;
    l2 = r2 ^ load<u32>(68, P2);
    r2 = right;
    right = l3;
    l3 = r3 ^ load<u32>(68, P3);
    r3 = right;
    store<u32>(i, l0, P0);
    store<u32>(i, r0, P0 + 4);
    store<u32>(i, l1, P1);
    store<u32>(i, r1, P1 + 4);
    store<u32>(i, l2, P2);
    store<u32>(i, r2, P2 + 4);
    store<u32>(i, l3, P3);
    store<u32>(i, r3, P3 + 4);
  }
}

/** Encrypts one lane's text 64 times: six words, two at a time. */
function encrypt(state: u32, text: u32): void {
  for (let end = text + 24; text < end; text += 8) {
    let left = load<u32>(text);
    let right = load<u32>(text, 4);
    for (let times = 0; times < 64; times++) {
      left ^= load<u32>(state);
      for (let p = state + 4; p <= state + 64; p += 8) {
        right ^= mix(state, left) ^ load<u32>(p);
        left ^= mix(state, right) ^ load<u32>(p, 4);
      }
      const last = left;
      left = right ^ load<u32>(state, 68);
      right = last;
    }
    store<u32>(text, left);
    store<u32>(text, right, 4);
  }
}

/** Blowfish's F: a look-up in each S-box, here of lane 0. */
function mix0(x: u32): u32 {
  return (
    ((load<u32>((x >>> 22) & 1020, S0) + load<u32>((x >>> 14) & 1020, S0 + 1024)) ^
      load<u32>((x >>> 6) & 1020, S0 + 2048)) +
    load<u32>((x << 2) & 1020, S0 + 3072)
  );
}

function mix1(x: u32): u32 {
  return (
    ((load<u32>((x >>> 22) & 1020, S1) + load<u32>((x >>> 14) & 1020, S1 + 1024)) ^
      load<u32>((x >>> 6) & 1020, S1 + 2048)) +
    load<u32>((x << 2) & 1020, S1 + 3072)
  );
}

function mix2(x: u32): u32 {
  return (
    ((load<u32>((x >>> 22) & 1020, S2) + load<u32>((x >>> 14) & 1020, S2 + 1024)) ^
      load<u32>((x >>> 6) & 1020, S2 + 2048)) +
    load<u32>((x << 2) & 1020, S2 + 3072)
  );
}

function mix3(x: u32): u32 {
  return (
    ((load<u32>((x >>> 22) & 1020, S3) + load<u32>((x >>> 14) & 1020, S3 + 1024)) ^
      load<u32>((x >>> 6) & 1020, S3 + 2048)) +
    load<u32>((x << 2) & 1020, S3 + 3072)
  );
}

/** The same for the lane whose state is there. */
function mix(state: u32, x: u32): u32 {
  const s = state + 72;
  const ab = load<u32>(s + ((x >>> 22) & 1020)) + load<u32>(s + ((x >>> 14) & 1020), 1024);
  return (ab ^ load<u32>(s + ((x >>> 6) & 1020), 2048)) + load<u32>(s + ((x << 2) & 1020), 3072);
}
