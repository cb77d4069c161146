/**
 * Which password hashes of another system may be imported.
 *
 * Kratos looks only at the prefix when it takes a hash; what is wrong with the rest shows weeks later, as a login that
 * fails, hangs, or lets anyone in. So all of it is checked here, as Kratos decodes it at login:
 * `hash/hash_comparator.go` of v1.3.1 and of v26.2.0, which decode alike, `hash/hash_limits.go` of the versions after
 * v26.2.0, which bound the cost, and `github.com/go-crypt/crypt` for the crypt formats.
 *
 * Stricter than Kratos, on purpose, where it decodes a hash that no password of its user can match or any password can:
 * - bcrypt `$2$` and `$2z$` pass Kratos's prefix check and are compared as `$2a$`, which they are not. `$2x$` it does
 *   not know.
 * - a digest of no bytes equals the digest of every password (argon2, pbkdf2, scrypt, firescrypt).
 * - a `pf` template without `{PASSWORD}` gives every password the same digest.
 * - `$pbkdf2-sha224$` and `$pbkdf2-sha384$` are compared with SHA-3, which no exporter means,
 *   and any other number with SHA-256.
 * - text after a number, a second `rounds`, line breaks in base64, a tail behind bcrypt's digest: Kratos overlooks
 *   them.
 */
import {
  argon2Problem,
  bcryptProblem,
  firescryptProblem,
  hmacProblem,
  md5CryptProblem,
  md5Problem,
  pbkdf2Problem,
  scryptProblem,
  shaCryptProblem,
  shaProblem,
  sshaProblem,
  type Fault,
} from './hash-format-checks.js';

/** Longest hash in characters. No format needs a quarter of it; a `pf` template repeated without end would. */
const MAX_LENGTH = 4096;

/** One format: how it is named in a reason, how it is recognised, and what may be wrong with the rest of it. */
interface Format {
  readonly name: string;
  readonly prefix: RegExp;
  readonly problem: (hash: string) => Fault;
}

const FORMATS: readonly Format[] = [
  { name: 'bcrypt', prefix: /^\$2[a-z]?\$/, problem: bcryptProblem },
  { name: 'argon2', prefix: /^\$argon2id?\$/, problem: argon2Problem },
  { name: 'pbkdf2', prefix: /^\$pbkdf2-sha[0-9]{1,3}\$/, problem: pbkdf2Problem },
  { name: 'scrypt', prefix: /^\$scrypt\$/, problem: scryptProblem },
  { name: 'firescrypt', prefix: /^\$firescrypt\$/, problem: firescryptProblem },
  { name: 'md5-crypt', prefix: /^\$md5-crypt\$/, problem: md5CryptProblem },
  { name: 'sha-crypt', prefix: /^\$sha(256|512)-crypt\$/, problem: shaCryptProblem },
  { name: 'md5', prefix: /^\$md5\$/, problem: md5Problem },
  { name: 'sha', prefix: /^\$sha(1|256|512)\$/, problem: shaProblem },
  { name: 'ssha', prefix: /^\{SSHA(256|512)?\}/, problem: sshaProblem },
  {
    name: 'hmac',
    prefix: /^\$hmac-(md4|md5|sha1|sha224|sha256|sha384|sha512)\$/,
    problem: hmacProblem,
  },
];

/**
 * Says why a hash from another system must not be imported, or `undefined` when every supported version of Kratos takes
 * it and can compare it at login, in less than ten seconds. The reason is short English and holds no part of the hash.
 */
export function passwordHashProblem(hash: string): string | undefined {
  const fault = passwordHashFault(hash);
  return fault && ('problem' in fault ? fault.problem : fault.unsupported);
}

/** The same, and whether the hash is broken or only of no use with Kratos. */
export function passwordHashFault(
  hash: string,
): { problem: string } | { unsupported: string } | undefined {
  const format = FORMATS.find(({ prefix }) => prefix.test(hash));
  if (!format) {
    return {
      problem: /^\$[156]\$/.test(hash)
        ? 'is not a hash format that Kratos knows: crypt hashes need the prefix $md5-crypt$, $sha256-crypt$ or $sha512-crypt$'
        : 'is not a hash format that Kratos knows',
    };
  }
  const fault: Fault =
    hash.length > MAX_LENGTH ? `must be at most ${MAX_LENGTH} characters` : format.problem(hash);
  if (fault === undefined) return undefined;
  return typeof fault === 'string'
    ? { problem: `${format.name}: ${fault}` }
    : { unsupported: `${format.name}: ${fault.unsupported}` };
}
