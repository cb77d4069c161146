/** The hashes that examples/password-hook checks. */
import { describe, expect, it } from 'vitest';
import { verify } from '../../examples/password-hook/verify.mjs';

/** phpass's is that of its own test; WordPress's a third party's; Django's made by Django 5.2.19. */
const VECTORS = [
  ['phpass', 'test12345', '$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'],
  ['phpass as phpBB has it', 'test12345', '$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'],
  [
    'WordPress 6.8',
    'BigBike@2026',
    '$wp$2y$10$qeleDSuDaeZO5fBsEqFReeWdlqaDnBDBzB16hFgsFnhN9qFBIihvm',
  ],
  [
    'bcrypt_sha256',
    'correct-horse-7',
    'bcrypt_sha256$$2b$12$lmIB01zh42AhJWK5Q/Z3SeaYYgYyqCvKx.QEIt8qUkDLc/ArzyUT.',
  ],
] as const;

describe('a hash that Kratos cannot check', () => {
  it.each(VECTORS)('of %s lets its password in, and no other', async (_kind, password, hash) => {
    expect(await verify(password, hash)).toBe(true);
    expect(await verify(`${password}!`, hash)).toBe(false);
    expect(await verify('', hash)).toBe(false);
    // Another salt, another letter of the digest, nothing of it.
    expect(await verify(password, hash.replace(/[a-z](?=[a-zA-Z]{2})/, 'X'))).toBe(false);
    expect(await verify(password, `${hash.slice(0, -2)}..`)).toBe(false);
    expect(await verify(password, hash.slice(0, 20))).toBe(false);
  });

  it.each([
    ['another kind', '$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'],
    ['phpass with rounds that take hours', '$P$SIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'],
    ['phpass with rounds that are none', '$P$!IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'],
    ['nothing', ''],
  ])('lets nobody in: %s', async (_kind, hash) => {
    expect(await verify('test12345', hash)).toBe(false);
    expect(await verify('', hash)).toBe(false);
  });

  it('of a password beyond 4,096 bytes is not even tried', async () => {
    expect(await verify('x'.repeat(4097), VECTORS[0][2])).toBe(false);
  });
});
