/** Hashes that stand where a plain password is expected: whoever has the old list could sign in with them. */

/** Digests of MD5, SHA-1 and SHA-2 in hexadecimal; a salt may follow. */
const DIGEST = [32, 40, 48, 56, 64, 96, 128].map((length) => `[0-9a-f]{${length}}`).join('|');

const SHAPES = [
  new RegExp(`^(?:\\*|md5:?|sha\\d+:)?(?:${DIGEST})(?:[:$].*)?$`, 'i'),
  // SQL Server.
  /^0x[0-9a-f]{32,}$/i,
  // crypt(3) and its kin: $2y$10$…, $argon2id$…, $P$…, $6$…, $wp$2y$…, Drupal's U$S$….
  /^U?\$(?:2[a-z]?|[1567]|[PHSU]|s[01]|g?y|apr1|wp|(?:argon2|md5|sha|bcrypt|pbkdf2|scrypt|firescrypt|fbscrypt|hmac)[\w.-]*)\$[\w./+=,$-]{16,}$/,
  // LDAP and Spring: {SSHA}…, {bcrypt}$2a$….
  /^\{[\w./-]{2,20}\}[\w./+=,$-]{16,}$/,
  // Django: pbkdf2_sha256$600000$…, bcrypt_sha256$$2b$…, md5$….
  /^(?:pbkdf2\w*|argon2\w*|bcrypt\w*|scrypt|sha\d+|(?:unsalted_)?(?:md5|sha1)|crypt)\$[\w./+=,$-]{12,}$/,
  // Django, of a user without a password.
  /^![A-Za-z0-9]{40}$/,
  // Werkzeug: pbkdf2:sha256:600000$…, scrypt:32768:8:1$….
  /^(?:pbkdf2|scrypt)(?::\w+)+\$[\w./+=,$-]{16,}$/,
  // PBKDF2 as examples in PHP, C# and Java write it: sha1:64000:18:…, 1000:5b42…:f38d….
  /^sha\d+:\d+:(?:\d+:)?[\w+/=]{16,}:[\w+/=]{16,}$/i,
  /^\d{3,8}:(?:[0-9a-f]{16,}:[0-9a-f]{32,}|[\w+/]{16,}={0,2}:[\w+/]{22,}={0,2})$/i,
  // PostgreSQL.
  /^SCRAM-SHA-\d+\$\d+:[\w+/=]+\$[\w+/=]+:[\w+/=]+$/,
  // ASP.NET Identity, versions 3 and 2.
  /^AQAAAA[A-Za-z0-9+/]{40,}={0,2}$/,
  /^A[A-P][A-Za-z0-9+/]{64}==$/,
];

/** Shorter ones than this are no hash. */
const SHORTEST = 20;

/** Whether a password is most likely the hash of one. A digest in base64 alone cannot be told from a password. */
export function looksLikeHash(password: string): boolean {
  return password.length >= SHORTEST && SHAPES.some((shape) => shape.test(password));
}
