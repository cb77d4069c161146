/** The signature of a webhook, as Standard Webhooks has it (https://www.standardwebhooks.com). */
import { createHmac } from 'node:crypto';

export interface SignedMessage {
  id: string;
  /** Seconds since 1970. */
  timestamp: number;
  body: string;
}

/** @returns the value of `webhook-signature`: a signature for each key, with blanks between them */
export function signatureOf(
  { id, timestamp, body }: SignedMessage,
  keys: readonly Buffer[],
): string {
  const content = `${id}.${timestamp}.${body}`;
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`)
    .join(' ');
}
