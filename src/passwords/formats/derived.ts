/** PBKDF2, scrypt and HMAC whose values stand in several columns. */
import { hmac, pbkdf2, scrypt } from './build.js';
import type { Converted, HashFormat, Parts } from './converted.js';
import { countOf, decoded, digestOf, fromHexOrBase64, SALT_ENCODINGS } from './encodings.js';
import { DIGEST_SIZE } from '../hash-format-checks.js';

const SALT = {
  salt: { about: 'the salt', secret: true },
  salt_encoding: { about: `${SALT_ENCODINGS.join(', ')}; must be given` },
} as const;

/** Without a default: each of the three is common, and with the wrong one nobody gets in. */
function saltOf(parts: Parts): Buffer | { problem: string } {
  const { salt, salt_encoding: encoding } = parts;
  if (salt === undefined || salt === '') return { problem: 'has no salt' };
  if (encoding === undefined) return { problem: 'has no salt_encoding (text, hex or base64)' };
  return decoded(salt, encoding) ?? { problem: 'has a salt that is not of its salt_encoding' };
}

const PBKDF2_ALGORITHMS = ['sha1', 'sha256', 'sha512'];

export const pbkdf2Format: HashFormat = {
  about: 'PBKDF2 in several columns; the hash in hexadecimal or base64',
  parts: {
    ...SALT,
    iterations: { about: 'how often' },
    algorithm: { about: PBKDF2_ALGORITHMS.join(', ') },
  },
  needs: ['salt', 'salt_encoding', 'iterations', 'algorithm'],
  convert(parts): Converted {
    const digest = fromHexOrBase64(parts['hash'] ?? '');
    if (!digest) return { problem: 'is neither hexadecimal nor base64' };
    const salt = saltOf(parts);
    if ('problem' in salt) return salt;
    const iterations = countOf(parts['iterations']);
    if (iterations === undefined) return { problem: 'has no number as its iterations' };
    const algorithm = nameOf(parts['algorithm']);
    if (algorithm === undefined) return { problem: 'has no algorithm (sha1, sha256 or sha512)' };
    if (!PBKDF2_ALGORITHMS.includes(algorithm)) return { unsupported: noSuchPbkdf2 };
    return { hash: pbkdf2(algorithm, iterations, salt, digest) };
  },
};

export const noSuchPbkdf2 = 'is PBKDF2 of another digest than sha1, sha256 and sha512';

/** `SHA-256`, `HMAC-SHA256`, `pbkdf2_sha256` and the like. */
function nameOf(algorithm: string | undefined): string | undefined {
  return algorithm
    ?.toLowerCase()
    .replace(/^(?:pbkdf2|hmac)?[-_]?/, '')
    .replace(/^(sha)[-_]/, '$1');
}

export const scryptFormat: HashFormat = {
  about: 'scrypt in several columns; the hash in hexadecimal or base64',
  parts: {
    ...SALT,
    n: { about: 'the cost: N, or its logarithm to base 2' },
    r: { about: 'the block size' },
    p: { about: 'the parallelization' },
  },
  needs: ['salt', 'salt_encoding', 'n', 'r', 'p'],
  convert(parts): Converted {
    const digest = fromHexOrBase64(parts['hash'] ?? '');
    if (!digest) return { problem: 'is neither hexadecimal nor base64' };
    const salt = saltOf(parts);
    if ('problem' in salt) return salt;
    const cost = scryptCost(parts['n'], parts['r'], parts['p']);
    return cost
      ? { hash: scrypt(cost, salt, digest) }
      : { problem: 'needs the numbers n, r and p' };
  },
};

/** No logarithm reaches 64, and nobody derives a key with a smaller N. */
export function scryptCost(
  n: string | undefined,
  r: string | undefined,
  p: string | undefined,
): { n: number; r: number; p: number } | undefined {
  const [cost, block, parallel] = [countOf(n), countOf(r), countOf(p)];
  if (cost === undefined || block === undefined || parallel === undefined) return undefined;
  return { n: cost < 64 ? 2 ** cost : cost, r: block, p: parallel };
}

export const hmacFormat: HashFormat = {
  about: 'HMAC of the password, in hexadecimal or base64',
  parts: {
    key: { about: 'the key', secret: true },
    key_encoding: { about: `${SALT_ENCODINGS.join(', ')}; \`text\` by default` },
    algorithm: { about: Object.keys(DIGEST_SIZE).join(', ') },
  },
  needs: ['key', 'algorithm'],
  convert(parts): Converted {
    const { hash = '', key = '', key_encoding: encoding = 'text' } = parts;
    const algorithm = nameOf(parts['algorithm']);
    if (algorithm === undefined) return { problem: 'has no algorithm' };
    if (!Object.hasOwn(DIGEST_SIZE, algorithm)) {
      return { unsupported: 'is an HMAC of a digest that Kratos does not have' };
    }
    const digest = digestOf(hash, DIGEST_SIZE[algorithm]!);
    if (!digest) return { problem: `is not the ${DIGEST_SIZE[algorithm]!} bytes of its algorithm` };
    if (key === '') return { problem: 'has no key' };
    const bytes = decoded(key, encoding);
    if (!bytes)
      return { problem: 'has a key that is not of its key_encoding (text, hex or base64)' };
    return { hash: hmac(algorithm, digest, bytes) };
  },
};
