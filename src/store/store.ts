/**
 * The port to where files are kept: bytes under keys, below one root. Two adapters: a folder of a disk (disk-store.ts)
 * and a bucket of an S3-compatible store (s3-store.ts).
 *
 * A key is `a/b/c`, of the parts that `isKey` allows. What has a name is whole: readers see all of it or nothing, also
 * after a crash of the writer or a power cut. Whatever an adapter cannot do because its store does not answer is thrown
 * as a StoreError, which is worth another try.
 */
export interface Store {
  /** The root, for messages: a folder, or `s3://bucket/prefix`. */
  readonly address: string;

  /**
   * All bytes under a key, or a range of them: fewer only at the end.
   * @returns undefined where there is nothing under the key
   * @throws VersionChanged when `ifVersion` is given and the content is another one
   */
  read(key: string, options?: ReadOptions): Promise<Content | undefined>;

  /** @returns undefined where there is nothing under the key */
  stat(key: string): Promise<Facts | undefined>;

  /**
   * Writes the whole content, unless there is one: of several writers exactly one does. Kept for good when this
   * returns. A folder takes it only where the first part of the key is there: by `write`, `replace` or `probe`.
   * @returns whether it was written; false: another content stands there
   */
  create(key: string, content: string | Uint8Array): Promise<boolean>;

  /**
   * Writes the whole content in the place of whatever is there. Kept for good when this returns.
   * @throws VersionChanged when `ifVersion` is given and another content stands there by now
   */
  replace(
    key: string,
    content: string | Uint8Array,
    options?: { ifVersion?: string },
  ): Promise<void>;

  /**
   * Writes what is too large for memory, in the place of whatever is there: under the key only once `fill` has come to
   * its end; when it throws, nothing is left.
   */
  write(key: string, fill: (writer: Writer) => Promise<void>): Promise<void>;

  /** What is below a prefix, in the order of the keys, whatever its depth. What is not whole yet is not there. */
  list(prefix: string): AsyncIterable<Listed>;

  /** The same, but for what lies deeper than one level below the prefix. */
  files(prefix: string): AsyncIterable<Listed>;

  /** The names one level below a prefix that have something below them, in order. */
  folders(prefix: string): AsyncIterable<string>;

  /** What is not there is no error. */
  remove(keys: readonly string[]): Promise<void>;

  /**
   * Removes what writers below the prefix that died have left half written.
   * @param isEnded nobody has anything to write there any more: also what may still go on
   */
  tidy(prefix: string, options?: { isEnded: boolean }): Promise<void>;

  /**
   * Removes for good what the store itself keeps of removed and replaced content, of a key or below it: versions.
   * Absent where nothing is ever kept.
   * @returns why it cannot, in words for the operator
   */
  forget?(prefix: string): Promise<string | undefined>;

  /**
   * Proves that it can be written below a prefix, and that of two who create the same thing one wins. From then on it
   * can be created below the prefix.
   * @throws StoreError, InputError with what the operator has to mend
   */
  probe(prefix: string): Promise<void>;
}

export interface ReadOptions {
  range?: { start: number; bytes: number };
  ifVersion?: string;
}

export interface Content {
  bytes: Buffer;
  /** Another one for each content that the key has had. */
  version: string;
}

export interface Facts {
  /** Of the whole content. */
  bytes: number;
  version: string;
  changedAt: Date;
}

export interface Listed {
  key: string;
  bytes: number;
  changedAt: Date;
}

export interface Writer {
  write(content: string | Uint8Array): Promise<void>;
}

/** The content under a key is not the one that was expected. */
export class VersionChanged extends Error {
  override readonly name = 'VersionChanged';

  constructor(key: string) {
    super(`${key} has been changed meanwhile.`);
  }
}

/** The store does not answer, or cannot do what it was asked for now: worth another try. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  /**
   * @param kind
   *   away     it does not answer, or has too much to do
   *   refused  the operator has to mend something, such as the credentials
   */
  constructor(
    message: string,
    readonly kind: 'away' | 'refused' = 'away',
  ) {
    super(message);
  }
}

/** Whether a key names something below the root whatever the store: no empty part, no dots alone, nothing unprintable. */
export function isKey(key: string): boolean {
  return (
    Buffer.byteLength(key) <= MOST_KEY_BYTES &&
    key.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
    !/[\p{Cc}\\]/u.test(key)
  );
}

/** S3 takes 1,024 with the prefix of the root. */
const MOST_KEY_BYTES = 800;
