/**
 * One decoder a format of password hash: what would keep Kratos from comparing it at login, or `undefined`. Each gets
 * the whole hash, its prefix found already. Sources and deliberate differences: `hash-formats.ts`.
 */
import { base64, BCRYPT_ALPHABET, looseBase64, rawBase64 } from './base64.js';

/** What is wrong; an object where nothing is, but that Kratos cannot compare such hashes. */
export type Fault = string | { unsupported: string } | undefined;

interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Bytes of a derived key. Below 12 (the least that the PHC string format allows) other passwords match by chance, and
 * at 0 all do. Above 512 nothing is gained and the cost grows, as pbkdf2 pays its iterations again for each block.
 */
const DIGEST_BYTES: Range = { min: 12, max: 512 };

/**
 * Cost parameters: what Kratos allows after v26.2.0. Earlier versions know no bound, and one poisoned row takes their
 * memory (argon2 with m=8388608 asks for 8 GiB) or a processor for hours at every try to log in.
 * The most expensive hash within these bounds took v1.3.1 eight seconds of one processor and 1 GiB.
 */
export const LIMITS = {
  /** The format goes to 31. Cost 15 is 2 to 3 seconds a login, and each step doubles it. */
  bcryptCost: { min: 4, max: 15 },
  /** Memory in KiB (1 GiB at most), passes, lanes. */
  argon2: { m: { min: 1, max: 2 ** 20 }, t: { min: 1, max: 10 }, p: { min: 1, max: 16 } },
  /** `l` is not used by Kratos: the digest's own length counts. It has to fit 32 bits nevertheless. */
  pbkdf2: { i: { min: 1, max: 10_000_000 }, l: { min: 0, max: 2 ** 32 - 1 } },
  /**
   * `ln` is N itself here, not its logarithm as elsewhere. From 64 on, so that a logarithm that happens to be a power
   * of two (16 for N = 65536) is not taken for N. N = 2^17 with r = 8 is 128 MiB.
   */
  scrypt: { ln: { min: 64, max: 2 ** 17 }, r: { min: 1, max: 8 }, p: { min: 1, max: 10 } },
  /** `ln` is the logarithm here (Firebase's `mem_cost`). */
  firescrypt: { ln: { min: 1, max: 17 }, r: { min: 1, max: 8 }, p: { min: 1, max: 10 } },
  /** Kratos has no bound. 1000 is the least crypt(3) writes; 5 million, ten times the usual, are a few seconds. */
  shaCryptRounds: { min: 1000, max: 5_000_000 },
} as const;

/** In bytes, of each digest that Kratos makes an HMAC of. */
export const DIGEST_SIZE: Readonly<Record<string, number>> = {
  md4: 16,
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** `$2a$<cost>$<22 characters of salt><31 characters of digest>` */
export function bcryptProblem(hash: string): Fault {
  const [, variant = '', cost = '', rest = ''] = hash.split('$');
  if (!/^2[aby]$/.test(variant)) return { unsupported: 'the variant must be 2a, 2b or 2y' };
  if (!/^[0-9]{2}$/.test(cost)) return 'the cost must be two digits';
  return (
    rangeProblem('the cost', Number(cost), LIMITS.bcryptCost) ??
    fieldsProblem(hash, 4) ??
    (rest.length === 53 ? undefined : 'the digest must be 53 characters, salt included') ??
    (/^[./A-Za-z0-9]*$/.test(rest) ? undefined : "a character is not of bcrypt's alphabet") ??
    // 23 bytes fill 30 characters and 4 bits. (The salt's spare bits do not matter: Go copies its text before
    // comparing.)
    (BCRYPT_ALPHABET.indexOf(rest.slice(-1)) % 4 === 0
      ? undefined
      : 'the last character is none that a digest ends with')
  );
}

/** `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<digest>`, base64 without padding */
export function argon2Problem(hash: string): Fault {
  const [, , version, parameters = '', salt = '', digest = ''] = hash.split('$');
  // Without a version it is the one before 19, as libargon2 reads it.
  if (version === 'v=16' || /^m=\d+,t=\d+,p=\d+$/.test(version ?? '')) {
    return { unsupported: 'the version must be v=19' };
  }
  return (
    fieldsProblem(hash, 6) ??
    (version === 'v=19' ? undefined : 'the version must be v=19') ??
    parametersProblem(parameters, LIMITS.argon2) ??
    saltProblem(rawBase64(salt)) ??
    digestProblem(rawBase64(digest), DIGEST_BYTES)
  );
}

/** `$pbkdf2-<digest>$i=<iterations>,l=<length>$<salt>$<digest>`, base64 without padding */
export function pbkdf2Problem(hash: string): Fault {
  const [, name = '', parameters = '', salt = '', digest = ''] = hash.split('$');
  if (!/^pbkdf2-sha(1|256|512)$/.test(name)) {
    return { unsupported: 'only sha1, sha256 and sha512 are compared as what they say' };
  }
  return (
    fieldsProblem(hash, 5) ??
    parametersProblem(parameters, LIMITS.pbkdf2) ??
    saltProblem(rawBase64(salt)) ??
    digestProblem(rawBase64(digest), DIGEST_BYTES) ??
    pbkdf2WorkProblem(parameters, digest, DIGEST_SIZE[name.slice('pbkdf2-'.length)] ?? 1)
  );
}

/** A digest longer than the hash function's costs all iterations again for each block. */
function pbkdf2WorkProblem(parameters: string, digest: string, blockBytes: number) {
  const iterations = readParameters(parameters, ['i', 'l'])?.['i'] ?? 0;
  const blocks = Math.ceil((rawBase64(digest)?.length ?? 0) / blockBytes);
  return rangeProblem('i times the blocks of the digest', iterations * blocks, LIMITS.pbkdf2.i);
}

/** `$scrypt$ln=<N>,r=<block>,p=<parallelization>$<salt>$<digest>`, base64 with padding */
export function scryptProblem(hash: string): Fault {
  const [, , parameters = '', salt = '', digest = ''] = hash.split('$');
  return (
    fieldsProblem(hash, 5) ??
    parametersProblem(parameters, LIMITS.scrypt) ??
    (Number.isInteger(Math.log2(readParameters(parameters, ['ln', 'r', 'p'])?.['ln'] ?? 0))
      ? undefined
      : 'ln must be a power of two (N itself, not its logarithm)') ??
    saltProblem(base64(salt)) ??
    digestProblem(base64(digest), DIGEST_BYTES)
  );
}

/** `$firescrypt$ln=<mem_cost>,r=<rounds>,p=1$<salt>$<digest>$<salt separator>$<signer key>`, base64 with padding */
export function firescryptProblem(hash: string): Fault {
  const [, , parameters = '', salt = '', digest = '', separator = '', key = ''] = hash.split('$');
  return (
    fieldsProblem(hash, 7) ??
    parametersProblem(parameters, LIMITS.firescrypt) ??
    saltProblem(base64(salt)) ??
    digestProblem(base64(digest), DIGEST_BYTES) ??
    (base64(separator) ? undefined : 'the salt separator is not base64 with padding') ??
    (base64(key) ? undefined : 'the signer key is not base64 with padding') ??
    // The digest is the signer key, encrypted.
    (base64(key)?.length === base64(digest)?.length
      ? undefined
      : 'the digest must be as long as the signer key')
  );
}

/** `$md5-crypt$<salt>$<22 characters>`: crypt(3)'s `$1$` under another name. The last character carries 2 bits. */
export function md5CryptProblem(hash: string): Fault {
  const [, , salt = '', digest = ''] = hash.split('$');
  return fieldsProblem(hash, 4) ?? cryptProblem(salt, 8, digest, /^[./0-9A-Za-z]{21}[./01]$/);
}

/**
 * `$sha256-crypt$[rounds=<n>$]<salt>$<digest>`: crypt(3)'s `$5$`, and `$6$`. The last character carries 4 bits, and
 * 2.
 */
export function shaCryptProblem(hash: string): Fault {
  const fields = hash.split('$');
  if (fields.length !== 4 && fields.length !== 5) return 'the number of $ is wrong';
  const [salt = '', digest = ''] = fields.slice(-2);
  const shape = hash.startsWith('$sha256')
    ? /^[./0-9A-Za-z]{42}[./0-9A-D]$/
    : /^[./0-9A-Za-z]{85}[./01]$/;
  return (
    (fields.length === 5
      ? parametersProblem(fields[2] ?? '', { rounds: LIMITS.shaCryptRounds })
      : undefined) ?? cryptProblem(salt, 16, digest, shape)
  );
}

/**
 * crypt(3) cuts a longer salt off, Kratos does not. The salt may be empty, and its characters are taken as they are.
 */
function cryptProblem(salt: string, saltLength: number, digest: string, shape: RegExp) {
  if (salt.startsWith('rounds=')) return 'the salt is missing';
  if (salt.length > saltLength) return `the salt must be at most ${saltLength} characters`;
  if (!/^[!-9;-~]*$/.test(salt)) return 'the salt must be printable ASCII without a colon';
  return shape.test(digest)
    ? undefined
    : "the digest has a wrong length or a character that is not of crypt's alphabet";
}

/** `$md5$<digest>` or `$md5$pf=<template>$<salt>$<digest>`, base64 with padding */
export function md5Problem(hash: string): Fault {
  const fields = hash.split('$');
  return fields.length === 3
    ? digestProblem(base64(fields[2] ?? ''), exactly(DIGEST_SIZE['md5']))
    : templateProblem(hash, DIGEST_SIZE['md5']);
}

/** `$sha256$pf=<template>$<salt>$<digest>`, base64 with padding */
export function shaProblem(hash: string): Fault {
  return templateProblem(hash, DIGEST_SIZE[hash.split('$')[1] ?? '']);
}

/** The template says how salt and password are put together, such as `{SALT}{PASSWORD}`. */
function templateProblem(hash: string, digestBytes: number | undefined): string | undefined {
  const [, , template = '', salt = '', digest = ''] = hash.split('$');
  const decoded = template.startsWith('pf=') ? base64(template.slice(3)) : undefined;
  return (
    fieldsProblem(hash, 5) ??
    (decoded ? undefined : 'the template must be pf= and base64 with padding') ??
    (Buffer.from(decoded ?? []).includes('{PASSWORD}')
      ? undefined
      : 'the template must contain {PASSWORD}') ??
    (base64(salt) ? undefined : 'the salt is not base64 with padding') ??
    digestProblem(base64(digest), exactly(digestBytes))
  );
}

/** `{SSHA256}<base64 of digest and salt>` as LDAP servers write it. Kratos wants a byte of salt at least. */
export function sshaProblem(hash: string): Fault {
  const end = hash.indexOf('}');
  const size = { SSHA: 20, SSHA256: 32, SSHA512: 64 }[hash.slice(1, end)] ?? Infinity;
  const decoded = looseBase64(hash.slice(end + 1));
  if (!decoded) return 'the digest is not base64 with padding';
  return decoded.length > size ? undefined : `must be ${size} bytes of digest, then the salt`;
}

/** `$hmac-<function>$<base64 of the digest in lower-case hex>$<base64 of the key>`, with padding */
export function hmacProblem(hash: string): Fault {
  const [, name = '', digest = '', key = ''] = hash.split('$');
  const hex = base64(digest);
  const size = DIGEST_SIZE[name.slice('hmac-'.length)] ?? 0;
  return (
    fieldsProblem(hash, 4) ??
    (hex ? undefined : 'the digest is not base64 with padding') ??
    (new RegExp(`^[0-9a-f]{${2 * size}}$`).test(Buffer.from(hex ?? []).toString('latin1'))
      ? undefined
      : `the digest must be the base64 of ${2 * size} lower-case hex digits`) ??
    (base64(key)?.length ? undefined : 'the key must be base64 with padding, and not empty')
  );
}

/** Fields between the `$`, the empty one before the first included. */
function fieldsProblem(hash: string, count: number): string | undefined {
  return hash.split('$').length === count ? undefined : 'the number of $ is wrong';
}

/** More than the greatest may be right elsewhere; less than the least is right nowhere. */
function rangeProblem(what: string, value: number, { min, max }: Range): Fault {
  if (value >= min && value <= max) return undefined;
  const text = `${what} must be from ${min} to ${max}`;
  return value > max ? { unsupported: text } : text;
}

function parametersProblem(text: string, ranges: Readonly<Record<string, Range>>): Fault {
  const keys = Object.keys(ranges);
  const values = readParameters(text, keys);
  if (!values) return `the parameters must read ${keys.map((key) => `${key}=<number>`).join(',')}`;
  return Object.entries(ranges)
    .map(([key, range]) => rangeProblem(key, values[key] ?? NaN, range))
    .find((problem) => problem !== undefined);
}

/** Reads `a=1,b=2`, keys in this order and none besides, as Go's Sscanf does. */
function readParameters(text: string, keys: readonly string[]) {
  const pattern = keys.map((key) => `${key}=(?<${key}>[0-9]{1,10})`).join(',');
  const groups = new RegExp(`^${pattern}$`).exec(text)?.groups;
  return groups && Object.fromEntries(keys.map((key) => [key, Number(groups[key])]));
}

/** A key derivation without a salt is nothing that these formats are written with: a value was lost. */
function saltProblem(salt: Uint8Array | undefined): string | undefined {
  if (!salt) return 'the salt is not base64 of the right kind';
  return salt.length > 0 ? undefined : 'the salt is empty';
}

function digestProblem(digest: Uint8Array | undefined, { min, max }: Range): string | undefined {
  if (!digest) return 'the digest is not base64 of the right kind';
  if (digest.length >= min && digest.length <= max) return undefined;
  return `the digest must be ${min === max ? min : `${min} to ${max}`} bytes`;
}

function exactly(size = 0): Range {
  return { min: size, max: size };
}
