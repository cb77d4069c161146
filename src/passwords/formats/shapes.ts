/** What a hash itself says of its format. */
import type { HashFormatName } from './formats.js';

/** Shapes that one format alone has. */
const SHAPES: readonly [shape: RegExp, format: HashFormatName][] = [
  [/^(?:pbkdf2_sha\d+|scrypt)\$\d+\$|^(?:argon2|bcrypt)\$/, 'django'],
  [/^![A-Za-z0-9]{40}$/, 'django'],
  [/^(?:pbkdf2|scrypt):/, 'werkzeug'],
  [/^\$(?:pbkdf2(?:-sha(?:256|512))?\$\d+\$|scrypt\$ln=\d{1,2},)/, 'passlib'],
  [/^\$fbscrypt\$/, 'supabase'],
  [/^\$[156]\$/, 'crypt'],
  [/^\{(?:bcrypt|scrypt|argon2|pbkdf2|noop)(?:@\w+)?\}/, 'spring'],
  // What Kratos takes as it is comes out as it was.
  [/^\{(?:SSHA|SHA|S?MD5|CRYPT|BCRYPT|ARGON2|PBKDF2)[\w-]*\}/i, 'ldap'],
  [/^AQAAAA[A-Za-z0-9+/]{40,}={0,2}$|^A[A-P][A-Za-z0-9+/]{64}==$/, 'aspnet'],
];

export function formatByShape(hash: string): HashFormatName | undefined {
  return SHAPES.find(([shape]) => shape.test(hash))?.[1];
}

const DIGESTS: Readonly<Record<number, string>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  128: 'sha512',
};

/** The target whose column a hash belongs in. */
export function hashTarget(hash: string): string {
  const digest = DIGESTS[/^[0-9a-f]*/i.exec(hash)?.[0].length ?? 0];
  const format = formatByShape(hash) ?? digest;
  return format === undefined ? 'password_hash' : `password_hash.${format}`;
}

/** Of a hash that may be of several formats: what it most likely is, and how that is said. */
export function otherHint(hash: string): string | undefined {
  const [, digits, salt] = /^([0-9a-f]{32,128})(:.+)?$/i.exec(hash) ?? [];
  const digest = DIGESTS[digits?.length ?? 0];
  if (digest !== undefined) {
    const order = salt === undefined ? '' : `, and password_hash.${digest}.order`;
    return `does not say what it is: if it is ${digest}, send its column to password_hash.${digest}${order}`;
  }
  const [, name] = /^(md5|sha1|sha256|sha512)\$[^$]*\$[0-9a-f]+$/i.exec(hash) ?? [];
  if (name !== undefined) {
    return 'does not say what it is: Django and old versions of Werkzeug write the like; send its column to password_hash.django or password_hash.werkzeug';
  }
  return undefined;
}
