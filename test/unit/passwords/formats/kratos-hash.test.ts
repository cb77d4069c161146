import { describe, expect, it } from 'vitest';
import { HASH_FORMATS, isHashFormat } from '../../../../src/passwords/formats/formats.js';
import { kratosHash } from '../../../../src/passwords/formats/kratos-hash.js';
import { formatByShape } from '../../../../src/passwords/formats/shapes.js';
import { passwordHashProblem } from '../../../../src/passwords/hash-formats.js';
import { CASES, made, PUBLISHED, WITH_FORMAT } from '../../../support/exported-hashes.js';
import { compares } from './compare.js';

type Case = (typeof CASES)[number];

describe('a hash as it was exported', () => {
  const taken = PUBLISHED.filter(({ kratos }) => kratos !== undefined);
  const refused = PUBLISHED.filter(({ kratos }) => kratos === undefined);

  it.each(taken)('of $name becomes what Kratos compares', ({ format, parts, kratos }) => {
    expect(kratosHash(format ?? undefined, parts)).toEqual({ hash: kratos });
  });

  it.each(refused.filter(({ name }) => name !== 'django unusable'))(
    'of $name is not supported, whichever format it is said to be of',
    ({ parts }) => {
      for (const format of [undefined, 'django', 'wordpress', 'crypt', 'ldap'] as const) {
        expect(kratosHash(format, parts)).toEqual({
          unsupported: expect.stringMatching(/which Kratos cannot check$/) as string,
        });
      }
    },
  );

  it.each(made())(
    'of $name becomes one that its password matches',
    ({ format, parts, password = '' }) => {
      const converted = kratosHash(format ?? undefined, parts);
      expect(converted).toHaveProperty('hash');
      const { hash } = converted as { hash: string };
      expect(passwordHashProblem(hash)).toBeUndefined();
      expect(compares(hash, password)).toBe(true);
      expect(compares(hash, `${password}!`)).toBe(false);
    },
  );
});

it('reads a hash that says itself what it is as its format does', () => {
  const said = [...PUBLISHED, ...made()].filter(({ format, parts }) => {
    return format !== 'clerk' && formatByShape(parts['hash'] ?? '') !== undefined;
  });
  expect(said.length).toBeGreaterThan(20);
  for (const { name, format, parts } of said) {
    const named = kratosHash(format ?? undefined, parts);
    expect(kratosHash(undefined, { hash: parts['hash'] }), name).toEqual(named);
  }
});

describe('a hash that says itself what it is', () => {
  /** bcrypt has a random salt: the pairs were made one by one. */
  const isOwnSalt = ([name]: Case) => /^(bcrypt-|laravel|devise|spring)/.test(name);
  it.each(CASES)('%s needs no format', (...[name, exported, kratos]) => {
    const converted = kratosHash(undefined, { hash: exported });
    const known = WITH_FORMAT[name];
    if (known?.format) {
      const { format, order } = known;
      expect(converted).toEqual({
        problem: expect.stringContaining(`password_hash.${format}`) as string,
      });
      expect(kratosHash(format, { hash: exported, order })).toEqual({ hash: kratos });
    } else if (name === 'supabase-fbscrypt') {
      // The list was made before it was converted.
      const [, , , salt, digest] = exported.split('$');
      expect(converted).toEqual({
        hash: expect.stringContaining(
          `$firescrypt$ln=14,r=8,p=1$${salt}$${digest}$Bw==$`,
        ) as string,
      });
    } else if (kratos === null) {
      expect(converted).toHaveProperty('unsupported');
    } else if (isOwnSalt([name, exported, kratos])) {
      expect(converted).toEqual({ hash: exported.trim().replace(/^\{bcrypt\}/, '') });
    } else {
      expect(converted).toEqual({ hash: kratos });
    }
  });
});

describe('no hash', () => {
  it.each([
    ['django', '!RKQBt6qpAa1D9ZFE45v66tVISDVrXUpW4xN9i5Mu'],
    ['django', '!'],
    [undefined, '!RKQBt6qpAa1D9ZFE45v66tVISDVrXUpW4xN9i5Mu'],
    ['crypt', '!!'],
    ['crypt', '*'],
    ['keycloak', ''],
    ['firebase', ' '],
  ] as const)('%s: %s is no password', (format, hash) => {
    expect(kratosHash(format, { hash })).toEqual({ none: true });
  });
});

it('makes no hash of what belongs to one, where there is none', () => {
  const parts = { salt: 'YWJj', rounds: '8', hasher: 'bcrypt', order: 'before', algorithm: 'x' };
  for (const format of Object.keys(HASH_FORMATS).filter(isHashFormat)) {
    expect(kratosHash(format, parts), format).toEqual({ none: true });
  }
});

describe('what Kratos cannot compare', () => {
  it.each([
    [
      'argon2 of version 16',
      undefined,
      { hash: `$argon2id$v=16$m=64,t=2,p=1$YSBzYWx0$${'A'.repeat(43)}` },
    ],
    [
      'argon2 without a version',
      undefined,
      { hash: `$argon2id$m=64,t=2,p=1$YSBzYWx0$${'A'.repeat(43)}` },
    ],
    ['argon2d', undefined, { hash: `$argon2d$v=19$m=64,t=2,p=1$YSBzYWx0$${'A'.repeat(43)}` }],
    [
      'argon2d of Django',
      'django',
      { hash: `argon2$argon2d$v=19$m=64,t=2,p=1$YSBzYWx0$${'A'.repeat(43)}` },
    ],
    [
      'PBKDF2 with SHA-384',
      undefined,
      { hash: `$pbkdf2-sha384$i=1000,l=48$YSBzYWx0$${'A'.repeat(64)}` },
    ],
    ['bcrypt of too great a cost', 'django', { hash: `bcrypt$$2b$16$${'a'.repeat(52)}u` }],
    [
      'scrypt of too great a cost',
      'werkzeug',
      { hash: `scrypt:1048576:8:1$abc$${'0'.repeat(128)}` },
    ],
    ['argon2d of Keycloak', 'keycloak', keycloak('d', '1.3')],
    ['argon2 1.0 of Keycloak', 'keycloak', keycloak('id', '1.0')],
    [
      'PBKDF2 of another digest',
      'keycloak',
      { algorithm: 'pbkdf2-whirlpool', iterations: '1', salt: 'YWJj', value: 'YWJj' },
    ],
    [
      'a foreign algorithm of Keycloak',
      'keycloak',
      { algorithm: 'bcrypt', iterations: '1', salt: 'YWJj', value: 'YWJj' },
    ],
    [
      'ASP.NET with another digest',
      'aspnet',
      {
        hash: Buffer.concat([
          Buffer.from([1, 0, 0, 0, 7, 0, 0, 39, 16, 0, 0, 0, 16]),
          Buffer.alloc(48),
        ]).toString('base64'),
      },
    ],
    ['DES', 'crypt', { hash: 'rl.3StKT.4T8M' }],
    ['{SSHA384}', 'ldap', { hash: `{SSHA384}${'A'.repeat(80)}` }],
    ['{NT}', 'ldap', { hash: '{NT}8846F7EAEE8FB117AD06BDD830B7586C' }],
    ["MySQL's", undefined, { hash: '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19' }],
    ...[
      'awscognito',
      'bcrypt_peppered',
      'bcrypt_sha256_django',
      'hmac_sha256_utf16_b64',
      'md5_phpass',
      'phpass',
      'sha512_symfony',
    ].map((hasher) => [hasher, 'clerk', { hash: 'x', hasher }] as const),
  ] as const)('%s', (_name, format, parts) => {
    expect(kratosHash(format, parts)).toHaveProperty('unsupported');
  });

  it("stops at Firebase's word for a hash that is withheld", () => {
    expect(kratosHash('firebase', { hash: 'UkVEQUNURUQ=', salt: 'YWJj' })).toHaveProperty(
      'withheld',
    );
  });
});

describe('a hash with something missing', () => {
  it.each([
    ['firebase', { hash: 'YWJj', salt: 'YWJj' }, /parameters of its project/],
    ['firebase', { hash: 'YWJj' }, /no salt/],
    ['clerk', { hash: '$2b$10$' }, /password_hasher/],
    ['clerk', { hash: 'a', hasher: 'rot13' }, /none of Clerk's/],
    ['clerk', { hash: `abc$${'0'.repeat(32)}`, hasher: 'md5_salted' }, /order is not given/],
    ['md5', { hash: '0'.repeat(32), salt: 'a' }, /order is not given/],
    ['md5', { hash: '0'.repeat(31) }, /16 bytes/],
    [
      'sha1',
      { hash: '0'.repeat(40), salt: 'abc', salt_encoding: 'hex', order: 'before' },
      /salt_encoding/,
    ],
    ['pbkdf2', { hash: '0'.repeat(40), salt: 'abc' }, /salt_encoding/],
    ['pbkdf2', { hash: '0'.repeat(40), salt: 'abc', salt_encoding: 'text' }, /iterations/],
    [
      'pbkdf2',
      { hash: '0'.repeat(40), salt: 'abc', salt_encoding: 'text', iterations: '1E+05' },
      /iterations/,
    ],
    ['scrypt', { hash: '0'.repeat(40), salt: 'abc', salt_encoding: 'text', n: '14' }, /n, r and p/],
    ['hmac', { hash: '0'.repeat(64), algorithm: 'sha256' }, /no key/],
    ['keycloak', { hash: 'no JSON' }, /JSON object/],
    ['keycloak', { hash: '{"type":"otp"}' }, /another type/],
    ['keycloak', { hash: '{}' }, /no value and salt/],
    ['werkzeug', { hash: 'pbkdf2:sha256$abc$00' }, /iterations/],
    ['aspnet', { hash: 'AQAAAA==' }, /ASP.NET/],
    ['spring', { hash: '{noop}secret' }, /in the clear/],
    ['django', { hash: 'pbkdf2_sha256$x$y' }, /Django/],
  ] as const)('%s %o', (format, parts, reason) => {
    expect(kratosHash(format, parts)).toEqual({ problem: expect.stringMatching(reason) as string });
  });
});

it('knows a format by its own name alone', () => {
  expect(Object.keys(HASH_FORMATS).every(isHashFormat)).toBe(true);
  expect(isHashFormat('constructor')).toBe(false);
});

function keycloak(type: string, version: string): Record<string, string> {
  const parameters = { type: [type], version: [version], memory: ['64'], parallelism: ['1'] };
  return {
    algorithm: 'argon2',
    iterations: '2',
    salt: 'YWJj',
    value: 'YWJj',
    parameters: JSON.stringify(parameters),
  };
}
