/** How digests, salts and numbers are written in exports, and how Kratos wants them. */

export function toBase64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as string).toString('base64');
}

export function toRawBase64(bytes: Uint8Array | string): string {
  return toBase64(bytes).replaceAll('=', '');
}

export function fromHex(text: string): Buffer | undefined {
  const digits = /^(?:0x|\\x)?((?:[0-9a-f]{2})+)$/i.exec(text)?.[1];
  return digits === undefined ? undefined : Buffer.from(digits, 'hex');
}

/** Of either alphabet, with padding or without. */
export function fromBase64(text: string): Buffer | undefined {
  if (!/^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/.test(text)) return undefined;
  const bare = text.replaceAll('=', '');
  return bare.length % 4 === 1 ? undefined : Buffer.from(bare, 'base64');
}

/** passlib's: a dot for the plus, no padding. */
export function fromAdaptedBase64(text: string): Buffer | undefined {
  return fromBase64(text.replaceAll('.', '+'));
}

/** Lengths of digests that are told from base64 by their hexadecimal digits alone: no such base64 is met by chance. */
const SHORTEST_HEX = 32;

/** A digest in hexadecimal or base64. */
export function fromHexOrBase64(text: string): Buffer | undefined {
  return (text.length >= SHORTEST_HEX ? fromHex(text) : undefined) ?? fromBase64(text);
}

/** @param size bytes that it must have */
export function digestOf(text: string, size: number): Buffer | undefined {
  return [fromHex(text), fromBase64(text)].find((bytes) => bytes?.length === size);
}

export const SALT_ENCODINGS = ['text', 'hex', 'base64'] as const;

/** `undefined` where it is not so encoded, or where there is no such encoding. */
export function decoded(text: string, encoding: string): Buffer | undefined {
  if (encoding === 'text') return Buffer.from(text);
  if (encoding === 'hex') return fromHex(text);
  return encoding === 'base64' ? fromBase64(text) : undefined;
}

/** A count as exports write it, without sign and fraction. */
export function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}
