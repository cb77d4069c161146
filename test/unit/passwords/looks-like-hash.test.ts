import { describe, expect, it } from 'vitest';
import { looksLikeHash } from '../../../src/passwords/looks-like-hash.js';

const hex = (length: number) => '0123456789abcdef'.repeat(8).slice(0, length);
const SALT_AND_DIGEST = 'c2FsdHNhbHQ$1kHxOIY5iLFZd5nCyxMWdQlbjTRZvSbT0cvG8ZHJvzk';

describe('a hash in the place of a password', () => {
  it.each([
    '$2y$04$InEBXVwIUr.p4PaAoWiJGuABl3PT.WxihxFVqYKKzcLn7x7SF6aBu',
    '$2b$10$Aq/iCntMLwpGxX8w15zx4Osu1F5fT2tujsBuHrted3eFXdS0bigxu',
    `$argon2id$v=19$m=65536,t=3,p=4$${SALT_AND_DIGEST}`,
    `$pbkdf2-sha256$i=27500,l=32$${SALT_AND_DIGEST}`,
    `$scrypt$ln=16384,r=8,p=1$${SALT_AND_DIGEST}`,
    `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$${SALT_AND_DIGEST}`,
    `$hmac-sha256$${SALT_AND_DIGEST}`,
    '$P$BVrdsW/NUuXDi0Od0uUdk2SnJHHmQ01',
    '$H$9V1cX/WqUhsSWM0ipyB7HwFQqTQKxP1',
    '$S$DqLjw8hL1s1tHuyjWbpgyNIwyz5p1u5rLP3xp4D1Qv3jhL7oNQ0q',
    '$wp$2y$10$qeleDSuDaeZO5fBsEqFReeWdlqaDnBDBzB16hFgsFnhN9qFBIihvm',
    '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/',
    '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc',
    '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7',
    '$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00',
    '$md5$X03MO1qnZdYdgyfeuILPmQ==',
    '{SSHA}qwuvOT7Bs/s2Bq03CnosAPYyrCKqJGBHUjJYzg==',
    '{SHA}6a2KzDMs6ZdltGbWyt4JaKxI+5I=',
    '{MD5}X03MO1qnZdYdgyfeuILPmQ==',
    '{CRYPT}$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/',
    '{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG',
    'pbkdf2_sha256$600000$abcDEF$1kHxOIY5iLFZd5nCyxMWdQlbjTRZvSbT0cvG8ZHJvzk=',
    'bcrypt_sha256$$2b$12$Aq/iCntMLwpGxX8w15zx4Osu1F5fT2tujsBuHrted3eFXdS0bigxu',
    'sha1$abc$a9993e364706816aba3e25717850c26c9cd0d89d',
    'pbkdf2:sha256:600000$abc$7e2dd427372852d33ab6f917d5eb9aec',
    'scrypt:32768:8:1$Zk9tqbFQv1$11041bf7bfcdf9c17c3b7b0e',
    '!Uk8eRkAbLq0tVYzLhJ2yJm3c7mTgZ1b0Qd9sXwPa',
    'AQAAAAEAACcQAAAAEKnGIWSLLRiqIHyWUZtqSLYAXWYHXWhDEpjXQmjmSBlFBrMCnIYVtqlG5Q2W3Yk2Xw==',
    '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19',
    `0x0100${hex(48)}`,
    ...[32, 40, 56, 64, 96, 128].map(hex),
    hex(40).toUpperCase(),
    `${hex(32)}:salt`,
    `md5${hex(32)}`,
    'U$S$9DqLjw8hL1s1tHuyjWbpgyNIwyz5p1u5rLP3xp4D1Qv3jhL7oNQ0q',
    '$s0$e0801$epIxT/h6HbbwHaehFnh/bw==$7H0vsXlY8UxxyW/BWx/9GuY7jEvGjT71GFd6O4SZND0=',
    'sha1:64000:18:B6oWbvtHvu8qCgoE75wxmvpidRnGzGFt:R1gkPOuVjqIoTulWP1TABS0H',
    'sha256:1000:c2FsdHNhbHRzYWx0:ZGlnZXN0ZGlnZXN0ZGlnZXN0',
    `1000:5b4240333032306164:${hex(48)}`,
    '1000:c2FsdHNhbHRzYWx0c2Fs:ZGlnZXN0ZGlnZXN0ZGlnZXN0',
    `SCRAM-SHA-256$4096:c2FsdHNhbHQ=$c3RvcmVk:c2VydmVy`,
  ])('is %s', (text) => {
    expect(looksLikeHash(text)).toBe(true);
  });

  it.each([
    'correct-horse-battery-staple-7',
    'Spring-Snow-5',
    hex(31),
    hex(33),
    `${hex(32)}g`,
    '$ecret$and-much-longer-than-that',
    '$uper$ecretPassw0rdOf2024',
    '{curly} braces are fine in here',
    'AQAAAAshort',
    'I like $2y$10$ more than $6$',
    'sha1$short',
    '2024:my-long-password:with-colons',
    '1000:bottles:of-beer-on-the-wall',
    'sha1:2:short',
    'kJ8/3nQ+W1x7Zp0Ls9Vt5Rb2Yc4Df6Gh8Jk0Lm2Np4=',
  ])('is not %s', (text) => {
    expect(looksLikeHash(text)).toBe(false);
  });
});
