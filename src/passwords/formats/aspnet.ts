/** ASP.NET Identity's `PasswordHash`: salt, digest and parameters in one value of base64. */
import { pbkdf2 } from './build.js';
import type { Converted, HashFormat } from './converted.js';
import { fromBase64 } from './encodings.js';
import { noSuchPbkdf2 } from './derived.js';

export const aspnetFormat: HashFormat = {
  about: 'ASP.NET Identity, versions 2 and 3: `AQAAAA…`, `A…`',
  parts: {},
  convert: ({ hash = '' }) => convertAspnet(hash),
};

function convertAspnet(hash: string): Converted {
  const blob = fromBase64(hash);
  if (blob?.[0] === 0 && blob.length === 1 + 16 + 32) {
    return { hash: pbkdf2('sha1', 1000, blob.subarray(1, 17), blob.subarray(17)) };
  }
  return blob?.[0] === 1 && blob.length > 13 ? ofVersion3(blob) : notAspnet;
}

/** Pseudorandom functions by their number in the value. */
const ALGORITHMS = ['sha1', 'sha256', 'sha512'];

function ofVersion3(blob: Buffer): Converted {
  const [prf, iterations, length] = [1, 5, 9].map((at) => blob.readUInt32BE(at)) as [
    number,
    number,
    number,
  ];
  const [salt, digest] = [blob.subarray(13, 13 + length), blob.subarray(13 + length)];
  if (salt.length !== length || digest.length === 0) return notAspnet;
  const algorithm = ALGORITHMS[prf];
  if (algorithm === undefined) return { unsupported: noSuchPbkdf2 };
  return { hash: pbkdf2(algorithm, iterations, salt, digest) };
}

const notAspnet: Converted = { problem: 'is none that ASP.NET Identity writes' };
