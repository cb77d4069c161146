import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordHashProblem } from '../../../src/passwords/hash-formats.js';
import { realHashes } from './hash-examples.js';

const REAL = realHashes();
const b64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const raw = (text: string | Uint8Array) => b64(text).replaceAll('=', '');
const bytes = (length: number) => Buffer.alloc(length, 7);

/** Hashes that are right but for one thing, and a word of the reason. */
const WRONG: Record<string, [hash: string, reason: RegExp][]> = {
  'a format that Kratos does not know': [
    ['', /not a hash format/],
    ['secret', /not a hash format/],
    ['5f4dcc3b5aa765d61d8327deb882cf99', /not a hash format/],
    ['{MD5}X03MO1qnZdYdgyfeuILPmQ==', /not a hash format/],
    ['{ssha}X03MO1qnZdYdgyfeuILPmQ==', /not a hash format/],
    ['{SSHA384}X03MO1qnZdYdgyfeuILPmQ==', /not a hash format/],
    [' $md5$X03MO1qnZdYdgyfeuILPmQ==', /not a hash format/],
    ['$argon2d$v=19$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /not a hash format/],
    ['$hmac-sha3$YSBzYWx0$YSBzYWx0', /not a hash format/],
    ['$1$q$D6pH3lsNRlGYwDZpujaXq1', /need the prefix \$md5-crypt\$/],
  ],
  bcrypt: [
    [`$2$10$${'a'.repeat(52)}u`, /variant/],
    [`$2x$10$${'a'.repeat(52)}u`, /variant/],
    [`$2z$10$${'a'.repeat(52)}u`, /variant/],
    [`$2a$4$${'a'.repeat(52)}u`, /two digits/],
    [`$2a$+9$${'a'.repeat(52)}u`, /two digits/],
    [`$2a$03$${'a'.repeat(52)}u`, /from 4 to 15/],
    [`$2a$16$${'a'.repeat(52)}u`, /from 4 to 15/],
    [`$2a$31$${'a'.repeat(52)}u`, /from 4 to 15/],
    [`$2a$10$${'a'.repeat(51)}u`, /53 characters/],
    [`$2a$10$${'a'.repeat(53)}u`, /53 characters/],
    [`$2a$10$${'a'.repeat(30)}+${'a'.repeat(21)}u`, /alphabet/],
    [`$2a$10$${'a'.repeat(52)}v`, /last character/],
    [`$2a$10$${'a'.repeat(52)}u$`, /number of \$/],
  ],
  argon2: [
    ['$argon2id$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /v=19/],
    ['$argon2id$v=16$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /v=19/],
    ['$argon2id$v=19$t=2,m=64,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /must read m=/],
    ['$argon2id$v=19$m=64,t=2,p=1,x=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /must read m=/],
    ['$argon2id$v=19$m=8388608,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /^argon2: m must/],
    ['$argon2id$v=19$m=64,t=0,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /^argon2: t must/],
    ['$argon2id$v=19$m=64,t=11,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /^argon2: t must/],
    ['$argon2id$v=19$m=64,t=2,p=0$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /^argon2: p must/],
    ['$argon2id$v=19$m=64,t=2,p=17$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw', /^argon2: p must/],
    ['$argon2id$v=19$m=64,t=2,p=1$$N7KM8FQIP8SOkr/IKvR9sw', /salt is empty/],
    ['$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0Lg==$N7KM8FQIP8SOkr/IKvR9sw', /salt is not base64/],
    ['$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sw==', /digest is not base64/],
    ['$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr_IKvR9sw', /digest is not base64/],
    ['$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOkr/IKvR9sx', /digest is not base64/],
    ['$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0$N7KM8FQIP8SOk\nr/IKvR9sw', /digest is not base64/],
    ['$argon2id$v=19$m=64,t=2,p=1$YSBzYWx0$', /12 to 512 bytes/],
  ],
  pbkdf2: [
    [`$pbkdf2-sha384$i=1000,l=32$YSBzYWx0$${raw(bytes(32))}`, /only sha1, sha256 and sha512/],
    [`$pbkdf2-sha999$i=1000,l=32$YSBzYWx0$${raw(bytes(32))}`, /only sha1, sha256 and sha512/],
    [`$pbkdf2-sha256$1000$YSBzYWx0$${raw(bytes(32))}`, /must read i=<number>,l=<number>/],
    [`$pbkdf2-sha256$i=0,l=32$YSBzYWx0$${raw(bytes(32))}`, /i must/],
    [`$pbkdf2-sha256$i=10000001,l=32$YSBzYWx0$${raw(bytes(32))}`, /i must/],
    [`$pbkdf2-sha256$i=10000000,l=33$YSBzYWx0$${raw(bytes(33))}`, /i times the blocks/],
    [`$pbkdf2-sha256$i=1000,l=4294967296$YSBzYWx0$${raw(bytes(32))}`, /l must/],
    [`$pbkdf2-sha256$i=1000,l=32$$${raw(bytes(32))}`, /salt is empty/],
    [`$pbkdf2-sha256$i=1000,l=32$YSBzYWx0$${b64(bytes(32))}`, /digest is not base64/],
    ['$pbkdf2-sha256$i=1000,l=0$YSBzYWx0$', /12 to 512 bytes/],
    [`$pbkdf2-sha256$i=1,l=513$YSBzYWx0$${raw(bytes(513))}`, /12 to 512 bytes/],
  ],
  scrypt: [
    [`$scrypt$ln=14,r=8,p=1$YSBzYWx0$${b64(bytes(32))}`, /ln must/],
    [`$scrypt$ln=16,r=8,p=1$YSBzYWx0$${b64(bytes(32))}`, /ln must/],
    [`$scrypt$ln=16385,r=8,p=1$YSBzYWx0$${b64(bytes(32))}`, /power of two/],
    [`$scrypt$ln=262144,r=8,p=1$YSBzYWx0$${b64(bytes(32))}`, /ln must/],
    [`$scrypt$ln=16384,r=9,p=1$YSBzYWx0$${b64(bytes(32))}`, /r must/],
    [`$scrypt$ln=16384,r=8,p=11$YSBzYWx0$${b64(bytes(32))}`, /p must/],
    [`$scrypt$ln=16384,r=8,p=1$YSBzYWx0$${raw(bytes(32))}`, /digest is not base64/],
    ['$scrypt$ln=16384,r=8,p=1$YSBzYWx0$', /12 to 512 bytes/],
  ],
  firescrypt: [
    [`$firescrypt$ln=18,r=8,p=1$YSBz$${b64(bytes(64))}$Bw==$${b64(bytes(64))}`, /ln must/],
    [`$firescrypt$ln=0,r=8,p=1$YSBz$${b64(bytes(64))}$Bw==$${b64(bytes(64))}`, /ln must/],
    [`$firescrypt$ln=14,r=8,p=1$YSBz$${b64(bytes(64))}$Bw==`, /number of \$/],
    [`$firescrypt$ln=14,r=8,p=1$YSBz$${b64(bytes(64))}$Bw$${b64(bytes(64))}`, /separator/],
    [`$firescrypt$ln=14,r=8,p=1$YSBz$${b64(bytes(64))}$Bw==$%`, /signer key/],
    [`$firescrypt$ln=14,r=8,p=1$YSBz$${b64(bytes(63))}$Bw==$${b64(bytes(64))}`, /as long as/],
    ['$firescrypt$ln=14,r=8,p=1$YSBz$$Bw==$', /12 to 512 bytes/],
  ],
  crypt: [
    ['$md5-crypt$D6pH3lsNRlGYwDZpujaXq1', /number of \$/],
    ['$md5-crypt$123456789$D6pH3lsNRlGYwDZpujaXq1', /at most 8/],
    ['$md5-crypt$a:b$D6pH3lsNRlGYwDZpujaXq1', /printable/],
    ['$md5-crypt$q$D6pH3lsNRlGYwDZpujaXq2', /digest/],
    ['$md5-crypt$q$D6pH3lsNRlGYwDZpujaX+1', /digest/],
    [`$sha256-crypt$abc$${'a'.repeat(43)}`, /digest/],
    [`$sha256-crypt$rounds=999$abc$${'a'.repeat(42)}.`, /rounds must/],
    [`$sha256-crypt$rounds=999999999$abc$${'a'.repeat(42)}.`, /rounds must/],
    [`$sha256-crypt$rounds=5000,rounds=6000$abc$${'a'.repeat(42)}.`, /must read rounds/],
    [`$sha256-crypt$$abc$${'a'.repeat(42)}.`, /must read rounds/],
    [`$sha512-crypt$12345678901234567$${'a'.repeat(85)}.`, /at most 16/],
    [`$sha512-crypt$abc$${'a'.repeat(42)}.`, /digest/],
    [`$sha512-crypt$${'a'.repeat(85)}.`, /number of \$/],
  ],
  'md5 and sha': [
    [`$md5$${raw(bytes(16))}`, /digest is not base64/],
    ['$md5$5f4dcc3b5aa765d61d8327deb882cf99', /16 bytes/],
    [`$md5$YSBzYWx0$${b64(bytes(16))}`, /number of \$/],
    [`$sha1$${b64(bytes(20))}`, /number of \$/],
    [`$sha1$pf=$YSBz$${b64(bytes(20))}`, /contain \{PASSWORD\}/],
    [`$sha1$pf=${b64('{SALT}')}$YSBz$${b64(bytes(20))}`, /contain \{PASSWORD\}/],
    [`$sha1$${b64('{PASSWORD}')}$YSBz$${b64(bytes(20))}`, /must be pf=/],
    [`$sha1$pf={PASSWORD}$YSBz$${b64(bytes(20))}`, /must be pf=/],
    [`$sha1$pf=${b64('{PASSWORD}')}$YSB$${b64(bytes(20))}`, /salt/],
    [`$sha256$pf=${b64('{PASSWORD}')}$YSBz$${b64(bytes(20))}`, /32 bytes/],
    [`$sha512$pf=${b64('{PASSWORD}')}$YSBz$${b64(bytes(32))}`, /64 bytes/],
    [`$sha1$pf=${b64('{PASSWORD}'.repeat(400))}$YSBz$${b64(bytes(20))}`, /at most 4096/],
  ],
  ssha: [
    [`{SSHA}${b64(bytes(20))}`, /20 bytes/],
    [`{SSHA256}${b64(bytes(32))}`, /32 bytes/],
    [`{SSHA512}${b64(bytes(64))}`, /64 bytes/],
    [`{SSHA}${raw(bytes(25))}`, /base64/],
    [`{SSHA}${b64(bytes(24))}\n`, /base64/],
  ],
  hmac: [
    [`$hmac-md5$${b64('0'.repeat(32))}`, /number of \$/],
    [`$hmac-md5$${b64('0'.repeat(32))}$`, /key/],
    [`$hmac-md5$${'0'.repeat(30)}$YSBz`, /digest is not base64/],
    [`$hmac-md5$${b64(bytes(16))}$YSBz`, /32 lower-case hex/],
    [`$hmac-md5$${b64('A'.repeat(32))}$YSBz`, /32 lower-case hex/],
    [`$hmac-sha224$${b64('0'.repeat(64))}$YSBz`, /56 lower-case hex/],
  ],
};

describe('passwordHashProblem', () => {
  it.each(REAL)('takes a real hash of %s', (_name, hash) => {
    expect(passwordHashProblem(hash)).toBeUndefined();
  });

  it.each(Object.entries(WRONG))(
    'refuses what is wrong with %s, and says what',
    (_format, cases) => {
      for (const [hash, reason] of cases) expect(passwordHashProblem(hash), hash).toMatch(reason);
    },
  );

  it('takes the strongest parameters within the bounds', () => {
    const strong = [
      `$2b$15$${'a'.repeat(52)}u`,
      `$argon2id$v=19$m=1048576,t=10,p=16$YSBzYWx0$${raw(bytes(32))}`,
      `$pbkdf2-sha512$i=10000000,l=64$YSBzYWx0$${raw(bytes(64))}`,
      `$scrypt$ln=131072,r=8,p=10$YSBzYWx0$${b64(bytes(64))}`,
      `$firescrypt$ln=17,r=8,p=10$YSBz$${b64(bytes(64))}$$${b64(bytes(64))}`,
      `$sha512-crypt$rounds=5000000$abc$${'a'.repeat(85)}.`,
    ];
    expect(strong.map(passwordHashProblem)).toEqual(strong.map(() => undefined));
  });

  it('refuses every real hash that lost its end', () => {
    // What is left of {SSHA…}, or of base64 that is cut at a whole quad, may be valid with a shorter salt or digest.
    const sized = REAL.filter(([name]) => !/^(ssha|argon2|pbkdf2|scrypt|hmac)/.test(name));
    const cut = fc.tuple(fc.constantFrom(...sized), fc.nat());
    fc.assert(
      fc.property(cut, ([[, hash], at]) => {
        expect(passwordHashProblem(hash.slice(0, at % hash.length))).toBeTypeOf('string');
      }),
    );
  });

  it('refuses every real hash with a field dropped', () => {
    for (const [name, hash] of REAL) {
      const fields = hash.split('$');
      for (let at = 1; at < fields.length; at++) {
        const rest = fields.toSpliced(at, 1).join('$');
        // Rounds are optional.
        if (fields[at]?.startsWith('rounds=')) continue;
        expect(passwordHashProblem(rest), `${name} without field ${at}`).toBeTypeOf('string');
      }
    }
  });

  it('refuses every real hash with a character that no format has', () => {
    const place = fc.tuple(
      fc.constantFrom(...REAL),
      fc.nat(),
      fc.constantFrom('\n', '\r', '\0', 'é', ':'),
    );
    fc.assert(
      fc.property(place, ([[, hash], at, char]) => {
        const i = at % (hash.length + 1);
        expect(passwordHashProblem(hash.slice(0, i) + char + hash.slice(i))).toBeTypeOf('string');
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, never repeats the value, and refuses an endless one by its length', () => {
    const prefixes = REAL.map(([, hash]) => hash.slice(0, hash.lastIndexOf('$') + 1) || '{SSHA}');
    const rest = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String({ minLength: 16 }));
    fc.assert(
      fc.property(fc.constantFrom(...prefixes, '$', ''), rest, (prefix, text) => {
        const problem = passwordHashProblem(prefix + text);
        if (text.length > 12) expect(problem ?? '').not.toContain(text);
      }),
      { numRuns: 2000 },
    );
    expect(passwordHashProblem('{SSHA}' + 'A'.repeat(10_000_000))).toMatch(/at most 4096/);
  });
});
