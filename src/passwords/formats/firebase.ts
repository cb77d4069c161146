/** Firebase's own scrypt, with the parameters of its project; and Supabase's spelling of it. */
import type { Converted, HashFormat } from './converted.js';
import { countOf, fromBase64, toBase64 } from './encodings.js';

/** "REDACTED": whoever made the export was not allowed to see hashes. */
const REDACTED = 'UkVEQUNURUQ=';

export const firebaseFormat: HashFormat = {
  about: "Firebase: `passwordHash`, with the project's four parameters",
  parts: {
    salt: { about: 'the salt', secret: true },
    signer_key: { about: '`base64_signer_key` of the project', secret: true },
    salt_separator: { about: '`base64_salt_separator` of the project', secret: true },
    rounds: { about: '`rounds` of the project' },
    mem_cost: { about: '`mem_cost` of the project' },
  },
  needs: ['salt', 'signer_key', 'salt_separator', 'rounds', 'mem_cost'],
  convert: convertFirebase,
};

interface FirebaseParts {
  hash?: string;
  salt?: string;
  salt_separator?: string;
  signer_key?: string;
  rounds?: string;
  mem_cost?: string;
  p?: string;
}

export function convertFirebase(parts: FirebaseParts): Converted {
  const { hash = '', salt = '', salt_separator = '', signer_key = '', p = '1' } = parts;
  if (hash === REDACTED) {
    return {
      withheld:
        'is the word REDACTED: whoever exported the users may not see their hashes. Export them with an account that may',
    };
  }
  const digest = fromBase64(hash);
  if (!digest) return { problem: 'is not base64' };
  const bytes = fromBase64(salt);
  if (!bytes) return { problem: 'has no salt in base64' };
  const [separator, key] = [fromBase64(salt_separator), fromBase64(signer_key)];
  const [rounds, cost, lanes] = [countOf(parts.rounds), countOf(parts.mem_cost), countOf(p)];
  if (!separator || !key || !rounds || !cost || !lanes) {
    return {
      problem:
        'lacks the parameters of its project: base64_signer_key, base64_salt_separator, rounds and mem_cost',
    };
  }
  const values = [bytes, digest, separator, key].map(toBase64).join('$');
  return { hash: `$firescrypt$ln=${cost},r=${rounds},p=${lanes}$${values}` };
}

export const supabaseFormat: HashFormat = {
  about: 'Supabase: bcrypt, argon2, and `$fbscrypt$…` of users who came from Firebase',
  parts: {},
  convert: ({ hash = '' }) => (hash.startsWith('$fbscrypt$') ? convertFbscrypt(hash) : { hash }),
};

function convertFbscrypt(hash: string): Converted {
  const [, , parameters = '', salt = '', digest = '', ...more] = hash.split('$');
  const found = /^v=1,n=(\d+),r=(\d+),p=(\d+)(?:,ss=([^,]*))?(?:,sk=([^,]*))?$/.exec(parameters);
  if (!found || more.length > 0) return { problem: 'is no $fbscrypt$ of version 1' };
  const [, mem_cost = '', rounds = '', p = '', salt_separator = '', signer_key = ''] = found;
  return convertFirebase({ hash: digest, salt, mem_cost, rounds, p, salt_separator, signer_key });
}
