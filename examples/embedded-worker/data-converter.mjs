/** What the worker, the command line and every other client of these imports must have in common. */
import { readFileSync } from 'node:fs';
import { createAesGcmCodec } from './aes-gcm-codec.mjs';

/**
 * PAYLOAD_KEYS names a file of `name=key` lines, a key being 32 bytes in base64 (`openssl rand -base64 32`), for its
 * readers' eyes alone.
 * @returns {Map<string, Buffer>}
 */
function readKeys() {
  const file = process.env.PAYLOAD_KEYS;
  if (!file) throw new Error('Set PAYLOAD_KEYS to a file with a line name=key.');
  const lines = readFileSync(file, 'utf8').split(/\r?\n/).filter(Boolean);
  return new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      const key = Buffer.from(line.slice(at + 1), 'base64');
      if (at < 1 || key.length !== 32) throw new Error(`${file} has a line that is no name=key.`);
      return [line.slice(0, at), key];
    }),
  );
}

/** @type {import('@temporalio/common').DataConverter} */
export const dataConverter = { payloadCodecs: [createAesGcmCodec(readKeys())] };
