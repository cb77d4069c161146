/** Password hashes as other products export them, and what Kratos is sent of each. */
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HashFormatName } from '../../src/passwords/formats/formats.js';

export interface ExportedHash {
  name: string;
  /** Absent: the hash itself says what it is. */
  format?: HashFormatName | null;
  parts: Record<string, string>;
  /** Absent where it was not handed down. */
  password?: string;
  /** Whether Kratos can check it: with the password its user signs in. */
  isTaken: boolean;
  /** What Kratos is sent, where that is known beforehand. */
  kratos?: string;
}

/** Made by the products themselves, or by the rules in their sources. */
export const PUBLISHED = (readJson('exported-hashes.json') as Omit<ExportedHash, 'isTaken'>[]).map(
  (hash): ExportedHash => ({ ...hash, isTaken: hash.kratos !== undefined }),
);

function readJson(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'),
  ) as unknown;
}

const PASSWORD = 'correct horse battery staple';
const SALT = Buffer.from('a salt of 16 by.');
const TEXT_SALT = 'Ab3./x$'.slice(0, 6);

/** The other ways of writing, made here by the rules of their formats. */
export function made(): ExportedHash[] {
  const list: [name: string, format: HashFormatName | null, parts: Record<string, string>][] = [
    [
      'django sha512',
      'django',
      { hash: `pbkdf2_sha512$1000$abc$${ofPbkdf2('sha512', 'abc', 64).toString('base64')}` },
    ],
    [
      'werkzeug pbkdf2',
      'werkzeug',
      { hash: `pbkdf2:sha256:1000$abc$${ofPbkdf2('sha256', 'abc', 32).toString('hex')}` },
    ],
    ['werkzeug, old', 'werkzeug', { hash: `sha1$abc$${ofHmac('sha1', 'abc').toString('hex')}` }],
    [
      'passlib pbkdf2 sha1',
      'passlib',
      { hash: `$pbkdf2$1000$${adapted(SALT)}$${adapted(ofPbkdf2('sha1', SALT, 20))}` },
    ],
    [
      'passlib scrypt',
      'passlib',
      { hash: `$scrypt$ln=10,r=8,p=1$${unpadded(SALT)}$${unpadded(ofScrypt(32))}` },
    ],
    [
      'spring scrypt',
      'spring',
      { hash: `{scrypt}$a0801$${SALT.toString('base64')}$${ofScrypt(32).toString('base64')}` },
    ],
    [
      'spring pbkdf2',
      'spring',
      {
        hash: `{pbkdf2@SpringSecurity_v5_8}${Buffer.concat([SALT, ofPbkdf2('sha256', SALT, 32, 310_000)]).toString('hex')}`,
      },
    ],
    [
      'spring pbkdf2, old',
      'spring',
      {
        hash: `{pbkdf2}${Buffer.concat([SALT.subarray(0, 8), ofPbkdf2('sha1', SALT.subarray(0, 8), 32, 185_000)]).toString('hex')}`,
      },
    ],
    [
      'ldap {SMD5}',
      'ldap',
      { hash: `{SMD5}${Buffer.concat([digest('md5', PASSWORD, SALT), SALT]).toString('base64')}` },
    ],
    [
      'ldap {SSHA512} without padding',
      'ldap',
      { hash: `{ssha-512}${unpadded(Buffer.concat([digest('sha512', PASSWORD, SALT), SALT]))}` },
    ],
    ['ldap {SHA512}', 'ldap', { hash: `{SHA512}${digest('sha512', PASSWORD).toString('base64')}` }],
    [
      'ldap {PBKDF2-SHA256}',
      'ldap',
      { hash: `{PBKDF2-SHA256}1000$${adapted(SALT)}$${adapted(ofPbkdf2('sha256', SALT, 32))}` },
    ],
    [
      'ldap in LDIF',
      'ldap',
      {
        hash: Buffer.from(`{SHA}${digest('sha1', PASSWORD).toString('base64')}`).toString('base64'),
      },
    ],
    [
      'clerk pbkdf2_sha256',
      'clerk',
      {
        hasher: 'pbkdf2_sha256',
        hash: `pbkdf2_sha256$1000$${SALT.toString('base64')}$${ofPbkdf2('sha256', SALT, 32).toString('base64')}`,
      },
    ],
    [
      'clerk pbkdf2_sha256_django',
      'clerk',
      {
        hasher: 'pbkdf2_sha256_django',
        hash: `pbkdf2_sha256$1000$abc$${ofPbkdf2('sha256', 'abc', 32).toString('base64')}`,
      },
    ],
    [
      'clerk pbkdf2_sha1',
      'clerk',
      {
        hasher: 'pbkdf2_sha1',
        hash: `pbkdf2_sha1$1000$salty$${ofPbkdf2('sha1', 'salty', 32).toString('hex')}`,
      },
    ],
    [
      'clerk pbkdf2_sha1 with its length',
      'clerk',
      {
        hasher: 'pbkdf2_sha1',
        hash: `pbkdf2_sha1$1000$${SALT.toString('hex')}$${ofPbkdf2('sha1', SALT, 20).toString('hex')}$20`,
      },
    ],
    [
      'clerk pbkdf2_sha512',
      'clerk',
      {
        hasher: 'pbkdf2_sha512',
        hash: `pbkdf2_sha512$1000$abc$${ofPbkdf2('sha512', 'abc', 64).toString('hex')}`,
      },
    ],
    [
      'clerk pbkdf2_sha512_hex',
      'clerk',
      {
        hasher: 'pbkdf2_sha512_hex',
        hash: `pbkdf2_sha512_hex$1000$${SALT.toString('hex')}$${ofPbkdf2('sha512', SALT, 64).toString('hex')}`,
      },
    ],
    [
      'clerk md5_salted',
      'clerk',
      {
        hasher: 'md5_salted',
        order: 'before',
        hash: `abc$${digest('md5', 'abc', PASSWORD).toString('hex')}`,
      },
    ],
    [
      'clerk sha256_salted',
      'clerk',
      {
        hasher: 'sha256_salted',
        order: 'after',
        hash: `a$c$${digest('sha256', PASSWORD, 'a$c').toString('hex')}`,
      },
    ],
    [
      'clerk scrypt_werkzeug',
      'clerk',
      {
        hasher: 'scrypt_werkzeug',
        hash: `$scrypt:1024:8:1$${SALT.toString()}$${ofScrypt(64).toString('hex')}`,
      },
    ],
    [
      'clerk ldap_ssha',
      'clerk',
      {
        hasher: 'ldap_ssha',
        hash: `{SSHA}${Buffer.concat([digest('sha1', PASSWORD, SALT), SALT]).toString('base64')}`,
      },
    ],
    [
      'md5, salt behind',
      'md5',
      { hash: `${digest('md5', PASSWORD, 'pepper').toString('hex')}:pepper`, order: 'after' },
    ],
    [
      'sha1 in base64, salt in base64',
      'sha1',
      {
        hash: digest('sha1', SALT, PASSWORD).toString('base64'),
        salt: SALT.toString('base64'),
        salt_encoding: 'base64',
        order: 'before',
      },
    ],
    [
      'sha512 by a template',
      'sha512',
      {
        hash: digest('sha512', `--${TEXT_SALT}--${PASSWORD}--`).toString('hex').toUpperCase(),
        salt: TEXT_SALT,
        order: '--{SALT}--{PASSWORD}--',
      },
    ],
    [
      'pbkdf2 in columns',
      'pbkdf2',
      {
        hash: ofPbkdf2('sha512', SALT, 64).toString('hex'),
        salt: SALT.toString('hex'),
        salt_encoding: 'hex',
        iterations: '1000',
        algorithm: 'SHA-512',
      },
    ],
    [
      'scrypt in columns',
      'scrypt',
      {
        hash: ofScrypt(64).toString('base64'),
        salt: SALT.toString(),
        salt_encoding: 'text',
        n: '10',
        r: '8',
        p: '1',
      },
    ],
    [
      'hmac of sha512 in base64',
      'hmac',
      {
        hash: ofHmac('sha512', SALT).toString('base64'),
        key: SALT.toString('hex'),
        key_encoding: 'hex',
        algorithm: 'sha512',
      },
    ],
    [
      'keycloak in columns',
      'keycloak',
      {
        algorithm: 'pbkdf2-sha256',
        iterations: '1000',
        salt: SALT.toString('base64'),
        value: ofPbkdf2('sha256', SALT, 64).toString('base64'),
      },
    ],
    [
      'argon2 of supabase',
      'supabase',
      {
        hash: '$argon2i$v=19$m=128,t=3,p=4$YSBzYWx0IG9mIDE2IGJ5Lg$0sSC8IDTbEVEa78FKqeacwQZq6N4NjhU',
      },
    ],
    [
      'argon2 of spring',
      'spring',
      {
        hash: '{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0IG9mIDE2IGJ5Lg$4llLy0hZODbwHUhVc0yNDIJY0LWgK9IZXEjPt07fCFw',
      },
    ],
    [
      'crypt of LDAP',
      'ldap',
      { hash: '{CRYPT}$5$rounds=77777$abc$TH8mAbj5xMibdB/Q36RXdrhu7XImU1lvHfPk1xlKWtA' },
    ],
    ['crypt $1$', 'crypt', { hash: '$1$ab./XY09$dXxCmFkhAbCny7c/UOAMc.' }],
    ['md5 of WordPress', 'wordpress', { hash: digest('md5', PASSWORD).toString('hex') }],
  ];
  return list.map(([name, format, parts]) => ({
    name,
    format,
    parts,
    password: PASSWORD,
    isTaken: true,
  }));
}

/** Those of one table that need no format: Kratos's string is null where Kratos cannot check them. */
export const CASES = readJson('cases/16-hashes/list.json') as [
  name: string,
  exported: string,
  kratos: string | null,
][];

/** Digests without a word of their kind, and with which format they are read. */
export const WITH_FORMAT: Readonly<
  Record<string, Pick<ExportedHash, 'format'> & { order?: string }>
> = {
  'md5-hex': { format: 'md5' },
  'sha1-hex': { format: 'sha1' },
  'sha256-hex': { format: 'sha256' },
  'joomla-md5-salt': { format: 'md5', order: 'after' },
};

/** The same as hashes to import. */
export function mixed(): ExportedHash[] {
  return CASES.map(([name, hash, kratos]) => {
    const { format = null, order } = WITH_FORMAT[name] ?? {};
    const parts: Record<string, string> = order === undefined ? { hash } : { hash, order };
    // The list was made before this one could be converted.
    const isTaken = kratos !== null || name === 'supabase-fbscrypt';
    return { name, format, parts, isTaken };
  });
}

function digest(name: string, ...data: crypto.BinaryLike[]): Buffer {
  const hash = crypto.createHash(name);
  for (const part of data) hash.update(part);
  return hash.digest();
}

function ofPbkdf2(name: string, salt: crypto.BinaryLike, length: number, times = 1000): Buffer {
  return crypto.pbkdf2Sync(PASSWORD, salt, times, length, name);
}

function ofScrypt(length: number): Buffer {
  return crypto.scryptSync(PASSWORD, SALT, length, {
    cost: 1024,
    blockSize: 8,
    parallelization: 1,
  });
}

function ofHmac(name: string, key: crypto.BinaryLike): Buffer {
  return crypto.createHmac(name, key).update(PASSWORD).digest();
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function adapted(bytes: Buffer): string {
  return unpadded(bytes).replaceAll('+', '.');
}
