/**
 * Ids of identities as fixed-width records, so that any of them is read with one seek: UUIDs in 16 bytes, zeros for
 * none.
 */

export const ID_BYTES = 16;

export function idToBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** @returns undefined when there is no id at that place, or the file ends before it */
export function idAt(bytes: Buffer, offset: number): string | undefined {
  const hex = bytes.toString('hex', offset, offset + ID_BYTES);
  if (hex.length < 2 * ID_BYTES || !/[^0]/.test(hex)) return undefined;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
