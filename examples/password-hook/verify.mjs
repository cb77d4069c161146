/**
 * Checks a password against a hash that Kratos cannot check: phpass (WordPress up to 6.7, phpBB), WordPress 6.8 and
 * later, Django's bcrypt_sha256.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcrypt';

/** Longer ones are no passwords of these products, and cost time. */
const MAX_BYTES = 4096;

/**
 * @param {string} password as the person typed it
 * @param {string} hash as the other product exported it
 * @returns {Promise<boolean>} false, too, for a hash of another kind
 */
export async function verify(password, hash) {
  if (Buffer.byteLength(password) > MAX_BYTES) return false;
  // WordPress trims a password before it hashes or checks one, others who use phpass do not.
  if (/^\$[PH]\$/.test(hash)) return [password, phpTrim(password)].some((text) => isPhpass(text, hash));
  if (hash.startsWith('$wp$2y$')) {
    const digest = createHmac('sha384', 'wp-sha384').update(phpTrim(password)).digest('base64');
    return isBcrypt(digest, hash.slice('$wp'.length));
  }
  if (hash.startsWith('bcrypt_sha256$$2')) {
    const digest = createHash('sha256').update(password).digest('hex');
    return isBcrypt(digest, hash.slice('bcrypt_sha256$'.length));
  }
  return false;
}

/** PHP's `$2y$` is `$2b$` by another name, and the only one that this library does not know. */
function isBcrypt(/** @type {string} */ text, /** @type {string} */ hash) {
  return bcrypt.compare(text, hash.replace(/^\$2y\$/, '$2b$'));
}

/** As `trim` of PHP, by which WordPress takes the password. */
function phpTrim(/** @type {string} */ text) {
  return text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '');
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** phpass takes 2^7 to 2^30 rounds; more than 2^18 would hold the server up. */
const [LEAST, MOST] = [7, 18];

/**
 * MD5 over salt and password, then over that digest and the password, again and again.
 * @param {string} password
 * @param {string} hash `$P$`, the rounds in one letter, 8 letters of salt, 22 of the digest
 */
function isPhpass(password, hash) {
  const power = ALPHABET.indexOf(hash[3] ?? '');
  if (hash.length !== 34 || power < LEAST || power > MOST) return false;
  const bytes = Buffer.from(password);
  const md5 = (/** @type {Buffer} */ start) =>
    createHash('md5').update(start).update(bytes).digest();
  let digest = md5(Buffer.from(hash.slice(4, 12), 'latin1'));
  for (let rounds = 2 ** power; rounds > 0; rounds--) digest = md5(digest);
  return timingSafeEqual(sha256(encode64(digest)), sha256(hash.slice(12)));
}

/** phpass's own base64: little-endian, six bits a letter. */
function encode64(/** @type {Buffer} */ bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = bytes.subarray(i, i + 3);
    let value = group.reduce((sum, byte, at) => sum | (byte << (8 * at)), 0);
    for (let letters = group.length + 1; letters > 0; letters--, value >>= 6) {
      text += ALPHABET[value & 63];
    }
  }
  return text;
}

/** Of one length for texts of any, so that comparing them tells nothing. */
export function sha256(/** @type {string} */ text) {
  return createHash('sha256').update(text).digest();
}
