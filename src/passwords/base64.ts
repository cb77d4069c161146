/** The kinds of base64 in password hashes. A decoder returns `undefined` for text that is not of its kind. */

/** The 64 characters of bcrypt's base64 in their order. */
export const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Go's `StdEncoding.Strict()`: with padding, and no bit set that no byte uses. */
export function base64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Go's `RawStdEncoding.Strict()`: the same without padding. */
export function rawBase64(text: string): Uint8Array | undefined {
  return text.includes('=') ? undefined : base64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

/** Go's `StdEncoding`: with padding, spare bits of any value. */
export function looseBase64(text: string): Uint8Array | undefined {
  const quads = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  return quads.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** bcrypt's base64: another alphabet, no padding, spare bits 0. */
export function bcryptBase64(bytes: Uint8Array): string {
  // Adding up characters would leave as many strings behind.
  const codes = new Array<number>(Math.ceil((bytes.length * 8) / 6));
  let next = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i]!;
    const b = bytes[i + 1] ?? 0;
    const c = bytes[i + 2] ?? 0;
    codes[next++] = sixBits(a >> 2);
    codes[next++] = sixBits((a << 4) | (b >> 4));
    if (i + 1 < bytes.length) codes[next++] = sixBits((b << 2) | (c >> 6));
    if (i + 2 < bytes.length) codes[next++] = sixBits(c);
  }
  return String.fromCharCode(...codes);
}

function sixBits(bits: number): number {
  return BCRYPT_ALPHABET.charCodeAt(bits & 63);
}
