/** WordPress's `user_pass`: most kinds of it Kratos cannot check. */
import { DIGEST_BYTES, unsalted } from './build.js';
import type { HashFormat } from './converted.js';
import { convertCrypt } from './crypt.js';
import { digestOf } from './encodings.js';

export const wordpressFormat: HashFormat = {
  about: 'WordPress: MD5 without a salt, bcrypt or argon2 of plugins; not `$P$…` and `$wp$…`',
  parts: {},
  convert({ hash = '' }) {
    const digest = /^[0-9a-f]+$/i.test(hash) ? digestOf(hash, DIGEST_BYTES['md5']!) : undefined;
    return digest ? { hash: unsalted('md5', digest) } : convertCrypt(hash);
  },
};
