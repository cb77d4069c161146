/** Where files are in an S3-compatible store, as a setting names it: `s3://bucket` or `s3://bucket/prefix`. */
import { isKey } from './store.js';

export interface S3Address {
  bucket: string;
  /** Of all keys, with a slash at its end; empty for the whole bucket. */
  prefix: string;
}

const SCHEME = 's3://';
/** As AWS names them. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** With the longest key below it, S3 takes no more. */
const MOST_PREFIX_BYTES = 200;

export function isS3(setting: string): boolean {
  return setting.toLowerCase().startsWith(SCHEME);
}

/** @returns undefined where it is not `s3://bucket/prefix` */
export function parseS3Address(setting: string): S3Address | undefined {
  if (!setting.startsWith(SCHEME)) return undefined;
  const [bucket = '', ...parts] = setting.slice(SCHEME.length).replace(/\/$/, '').split('/');
  if (!BUCKET.test(bucket)) return undefined;
  if (parts.length === 0) return { bucket, prefix: '' };
  const prefix = parts.join('/');
  const isPrefix = isKey(prefix) && Buffer.byteLength(prefix) <= MOST_PREFIX_BYTES;
  return isPrefix ? { bucket, prefix: `${prefix}/` } : undefined;
}
