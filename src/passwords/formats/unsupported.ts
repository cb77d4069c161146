/** Kinds of hashes that Kratos takes with a part cut off or not at all, and with which nobody gets in. */

const KINDS: readonly [shape: RegExp, name: string][] = [
  [/^\$wp\$/, "of WordPress 6.8 or later ($wp$, bcrypt of a password's HMAC)"],
  [/^\$[PH]\$/, 'phpass ($P$ or $H$, thousands of rounds of MD5)'],
  [/^(?:bcrypt_sha256\$|\$bcrypt-sha256\$)/, "bcrypt_sha256 (bcrypt of a password's SHA-256)"],
  [/^\$S\$/, "Drupal's ($S$, thousands of rounds of SHA-512)"],
  [/^\$(?:y|gy|7)\$/, 'yescrypt or scrypt of crypt(3)'],
  [/^\$apr1\$/, "Apache's MD5 ($apr1$)"],
  [/^\$sha1\$\d+\$/, 'SHA-1 of crypt(3)'],
  [/^\$argon2d\$/, 'argon2d'],
  [/^\*[0-9A-F]{40}$/i, "MySQL's (SHA-1 of a SHA-1)"],
  [/^md5[0-9a-f]{32}$/i, "PostgreSQL's (MD5 with the user's name)"],
  [/^SCRAM-SHA-\d+\$/, "SCRAM's"],
  [/^0x0[12]00[0-9A-F]{48,}$/i, "SQL Server's (a digest of UTF-16)"],
  [/^\{NT\}/i, 'NTLM'],
  [/^awscognito#/, "a reference to Cognito's"],
];

/** What a hash is that Kratos cannot check, whatever is done to it. */
export function unsupportedKind(hash: string): string | undefined {
  const kind = KINDS.find(([shape]) => shape.test(hash));
  return kind && cannotCheck(kind[1]);
}

export function cannotCheck(what: string): string {
  return `is ${what}, which Kratos cannot check`;
}
