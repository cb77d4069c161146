/** Encrypts what Temporal stores, with AES-256-GCM: inputs, results, messages, the progress that a query answers. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import proto from '@temporalio/proto';

const { Payload } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const textOf = (/** @type {Uint8Array | null | undefined} */ bytes) =>
  Buffer.from(bytes ?? []).toString();

/**
 * @param {Map<string, Buffer>} keys 32 bytes each, by name: the first encrypts, all decrypt. To change the key, put
 *   the new one last everywhere, then first everywhere; drop the old one when no history has it any more.
 * @returns {import('@temporalio/common').PayloadCodec}
 */
export function createAesGcmCodec(keys) {
  const [first] = keys;
  if (!first) throw new Error('There is no key.');
  const [newest, key] = first;

  /** @returns {import('@temporalio/common').Payload} */
  function encrypt(/** @type {import('@temporalio/common').Payload} */ payload) {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    const plain = Payload.encode(payload).finish();
    return {
      metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(newest) },
      data: Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    };
  }

  /**
   * A payload without encryption passes, so that commands of Temporal's own tools and pages work. So does one that is
   * not what some key of ours made: the workflow then refuses it, where an error here would stop it for ever.
   * @returns {import('@temporalio/common').Payload}
   * @throws for a key that is not here: the task is tried again until it is
   */
  function decrypt(/** @type {import('@temporalio/common').Payload} */ payload) {
    const { metadata, data } = payload;
    if (!data || textOf(metadata?.encoding) !== ENCODING) return payload;
    const itsKey = keys.get(textOf(metadata?.['encryption-key-id']));
    if (!itsKey) throw new Error('A payload is encrypted with a key that is not here.');
    try {
      const decipher = createDecipheriv('aes-256-gcm', itsKey, data.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(data.subarray(-TAG_BYTES));
      const encrypted = data.subarray(IV_BYTES, -TAG_BYTES);
      return Payload.decode(Buffer.concat([decipher.update(encrypted), decipher.final()]));
    } catch {
      return payload;
    }
  }

  return {
    encode: (payloads) => Promise.resolve(payloads.map(encrypt)),
    decode: async (payloads) => payloads.map(decrypt),
  };
}
