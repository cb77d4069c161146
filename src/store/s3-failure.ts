/** What a store's refusal, or its silence, means: a StoreError in plain words, without any text of a library. */
import { StoreError } from './store.js';

/** As the SDK throws it: a service's answer, a fault of the network, or of the SDK itself. */
interface S3Failure extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number | undefined; attempts?: number | undefined };
}

export function statusOf(error: unknown): number | undefined {
  return (error as S3Failure | undefined)?.$metadata?.httpStatusCode;
}

/** A condition that the request had does not hold. */
export function isConditionFailed(error: unknown): boolean {
  return statusOf(error) === 412;
}

/** Two conditional writes at once: neither the one nor the other is known to have won. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

export function isNotThere(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';
}

const CREDENTIALS = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of this machine';
const RIGHTS =
  's3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload';

/** What the operator has to mend, by the name of the error. */
const LASTING: Record<string, string> = {
  AccessDenied: `it refuses these credentials. Grant them ${RIGHTS} below this prefix`,
  AllAccessDisabled: 'it is switched off for this account',
  AuthorizationHeaderMalformed: 'it lies in another region. Set AWS_REGION',
  CredentialsProviderError: `there are no credentials. ${CREDENTIALS}`,
  ExpiredToken: `the credentials have expired. ${CREDENTIALS}`,
  ExpiredTokenException: `the credentials have expired. ${CREDENTIALS}`,
  IllegalLocationConstraintException: 'it lies in another region. Set AWS_REGION',
  InvalidAccessKeyId: `it does not know the access key. ${CREDENTIALS}`,
  InvalidToken: `the session token is not valid. ${CREDENTIALS}`,
  NoSuchBucket: 'there is no such bucket. Make it, or correct the setting',
  NotImplemented: 'it lacks what runs need of it. Use a store that docs/operating.md names',
  PermanentRedirect: 'it lies in another region. Set AWS_REGION',
  RequestTimeTooSkewed: "this machine's clock is wrong. Set it",
  SignatureDoesNotMatch: `the secret key is wrong, or something on the way changes requests. ${CREDENTIALS}`,
  TokenProviderError: `there are no credentials. ${CREDENTIALS}`,
};

/** By the status, where an answer has no name: to HEAD, or of something in front of the store. */
const LASTING_STATUS: Record<number, string> = {
  301: LASTING['PermanentRedirect']!,
  401: LASTING['AccessDenied']!,
  403: LASTING['AccessDenied']!,
  501: LASTING['NotImplemented']!,
};

/**
 * @param address of the store
 * @param doing what was asked of it: "reading", for the message
 */
export function toStoreError(error: unknown, address: string, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  const name = nameOf(error);
  const status = statusOf(error);
  const lasting = LASTING[name] ?? (status && LASTING_STATUS[status]) ?? faultOfSettings(error);
  const said = [status, name].filter((part) => part !== undefined && part !== '').join(' ');
  if (lasting !== undefined && lasting !== 0) {
    return new StoreError(`${address} fails at ${doing} (${said}): ${lasting}.`, 'refused');
  }
  return new StoreError(`${address} does not answer as it should at ${doing} (${said}).`);
}

/** Names of errors are short words; whatever else is there may quote something. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as Partial<S3Failure>;
  const known = [code, name].find((word) => word !== undefined && /^[A-Za-z_]{3,60}$/.test(word));
  return known ?? 'Unknown';
}

/** The SDK says it in words only. */
function faultOfSettings(error: unknown): string | undefined {
  const isRegion = error instanceof Error && error.message === 'Region is missing';
  return isRegion ? 'the region is not known. Set AWS_REGION' : undefined;
}
