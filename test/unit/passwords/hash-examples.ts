/** Real hashes of one password in every format, made by Node and bcrypt, or (marked) by other tools beforehand. */
import crypto from 'node:crypto';
import bcrypt from 'bcrypt';

/** The password of every example. */
export const PASSWORD = 'correct horse battery staple';

const SALT = Buffer.from('a salt of 16 by.');

/** Name and hash. Deterministic but for bcrypt's salt. */
export function realHashes(): [name: string, hash: string][] {
  return [
    ...['2a', '2b', '2y'].map((variant): [string, string] => [
      `bcrypt ${variant}`,
      ofBcrypt(variant),
    ]),
    ...['sha1', 'sha256', 'sha512'].flatMap((name): [string, string][] => [
      [`pbkdf2 ${name}`, ofPbkdf2(name, 32)],
      [`pbkdf2 ${name} of several blocks`, ofPbkdf2(name, 100)],
      [name, `$${name}$${templated(name, '{SALT}{PASSWORD}', SALT)}`],
      [`${name} without salt`, `$${name}$${templated(name, '{PASSWORD}', Buffer.alloc(0))}`],
      [
        `${name} with text in its template`,
        `$${name}$${templated(name, '$${SALT}--{PASSWORD}?', SALT)}`,
      ],
      [`ssha ${name}`, ofSsha(name, SALT)],
      [`ssha ${name} with a salt of one byte`, ofSsha(name, SALT.subarray(0, 1))],
    ]),
    ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((name): [string, string] => [
      `hmac ${name}`,
      ofHmac(name),
    ]),
    ['md5', `$md5$${crypto.createHash('md5').update(PASSWORD).digest('base64')}`],
    ['md5 with a template', `$md5$${templated('md5', '{PASSWORD}{SALT}', SALT)}`],
    ['scrypt', ofScrypt(16384, 8, 1)],
    ['scrypt of other cost', ofScrypt(1024, 4, 3)],
    ['firescrypt', ofFirescrypt()],
    // OpenSSL's `passwd -1`, `-5` and `-6`.
    ['md5-crypt', '$md5-crypt$ab./XY09$dXxCmFkhAbCny7c/UOAMc.'],
    ['md5-crypt with a short salt', '$md5-crypt$q$D6pH3lsNRlGYwDZpujaXq1'],
    ['sha256-crypt', '$sha256-crypt$saltstring0.x/ZZ$D0dRpaFn6az2TgBR5qbMvCA.1djy7bpt52emMk5Rd25'],
    [
      'sha256-crypt with rounds',
      '$sha256-crypt$rounds=77777$abc$TH8mAbj5xMibdB/Q36RXdrhu7XImU1lvHfPk1xlKWtA',
    ],
    [
      'sha512-crypt',
      '$sha512-crypt$saltstring0.x/ZZ$ds.eDrFlNJt4lgNqev7i7aQx.ksBC8ZNqWiGovpRCHcbkBNGVscHXgWatY9DOSyfDqTdpHgpp3ICGVB8kLC3A.',
    ],
    [
      'sha512-crypt with rounds',
      '$sha512-crypt$rounds=1000$abc$jbfHpPJ0DQ4WwIfRp4GuzBl4cvzlpP7BvOlCbhodJPAycSoeQHnGtVTfU8DG2G6oVn1ljkcPzhV7k/UWiz3k71',
    ],
    // Go's x/crypto/argon2.
    [
      'argon2id',
      '$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0IG9mIDE2IGJ5Lg$4llLy0hZODbwHUhVc0yNDIJY0LWgK9IZXEjPt07fCFw',
    ],
    [
      'argon2id with a short digest',
      '$argon2id$v=19$m=19456,t=2,p=1$YSBzYWx0IG9mIDE2IGJ5Lg$N7KM8FQIP8SOkr/IKvR9sw',
    ],
    [
      'argon2i',
      '$argon2i$v=19$m=128,t=3,p=4$YSBzYWx0IG9mIDE2IGJ5Lg$0sSC8IDTbEVEa78FKqeacwQZq6N4NjhU',
    ],
  ];
}

function ofBcrypt(variant: string): string {
  return `$${variant}$${bcrypt.hashSync(PASSWORD, 4).slice(4)}`;
}

function ofPbkdf2(name: string, length: number): string {
  const digest = crypto.pbkdf2Sync(PASSWORD, SALT, 1000, length, name);
  return `$pbkdf2-${name}$i=1000,l=${length}$${unpadded(SALT)}$${unpadded(digest)}`;
}

function templated(name: string, template: string, salt: Buffer): string {
  const text = template.replace('{SALT}', salt.toString()).replace('{PASSWORD}', PASSWORD);
  const digest = crypto.createHash(name).update(text).digest('base64');
  return `pf=${Buffer.from(template).toString('base64')}$${salt.toString('base64')}$${digest}`;
}

function ofSsha(name: string, salt: Buffer): string {
  const digest = crypto.createHash(name).update(PASSWORD).update(salt).digest();
  const label = name === 'sha1' ? 'SSHA' : `S${name.toUpperCase()}`;
  return `{${label}}${Buffer.concat([digest, salt]).toString('base64')}`;
}

function ofHmac(name: string): string {
  const digest = crypto.createHmac(name, SALT).update(PASSWORD).digest('hex');
  return `$hmac-${name}$${Buffer.from(digest).toString('base64')}$${SALT.toString('base64')}`;
}

function ofScrypt(cost: number, blockSize: number, parallelization: number): string {
  const digest = crypto.scryptSync(PASSWORD, SALT, 32, { cost, blockSize, parallelization });
  const parameters = `ln=${cost},r=${blockSize},p=${parallelization}`;
  return `$scrypt$${parameters}$${SALT.toString('base64')}$${digest.toString('base64')}`;
}

/** Firebase encrypts its signer key with a key that scrypt makes of password and salt. */
function ofFirescrypt(): string {
  const separator = Buffer.from([7]);
  const signerKey = crypto.createHash('sha512').update('signer').digest();
  const salt = Buffer.concat([SALT, separator]);
  const key = crypto.scryptSync(PASSWORD, salt, 32, {
    cost: 2 ** 10,
    blockSize: 8,
    parallelization: 1,
  });
  const digest = crypto.createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(signerKey);
  const fields = [SALT, digest, separator, signerKey].map((field) => field.toString('base64'));
  return `$firescrypt$ln=10,r=8,p=1$${fields.join('$')}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
