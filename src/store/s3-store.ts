/**
 * Files in a bucket of an S3-compatible store which honours conditional writes: that what was made first stays is the
 * store's own promise (`If-None-Match: *`), and so is that a replacement replaces what was read (`If-Match`).
 *
 * An answer may be lost, and the SDK or a proxy sends the request again: a condition that failed may have failed on the
 * writer's own first try. Each write has a mark of its own, by which that is told apart.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  type DeleteMarkerEntry,
  type ListObjectsV2CommandOutput,
  type ObjectIdentifier,
  type ObjectVersion,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Address } from './s3-address.js';
import { isConditionFailed, isConflict, isNotThere, statusOf, toStoreError } from './s3-failure.js';
import {
  isKey,
  StoreError,
  VersionChanged,
  type Content,
  type Facts,
  type Listed,
  type ReadOptions,
  type Store,
  type Writer,
} from './store.js';

export interface S3Options {
  /** The bucket in the path, not in the name of the host: as most stores but AWS want it. */
  forcePathStyle: boolean;
  /** Of another store than AWS's own. */
  endpoint?: string | undefined;
}

/** What is not written by then is given up: an attempt is over 20 seconds after its last heartbeat. */
const DEADLINE_MS = 18_000;
const CONNECT_MS = 3_000;
/** A small request without an answer; three of them fit below the deadline. */
const ANSWER_MS = 5_500;
/** A part of an upload may be on its way for so long. */
const PART_MS = 15_000;
const TRIES = 3;
/** Ten thousand parts, which S3 takes at most, are 80 GB. */
const PART_BYTES = 8 * 1024 * 1024;
/** Keys that one request removes; more are refused. */
const REMOVED_AT_ONCE = 1000;
/** Conflicts in a row before a write is left to another try. */
const MOST_CONFLICTS = 10;
/** No upload of ours takes so long: older ones are left over. */
const ABANDONED_MS = 24 * 60 * 60_000;
/** Of the removal of old versions; a second one finds nothing where nobody writes. */
const MOST_PASSES = 10;
const MARK = 'write';

export class S3Store implements Store {
  readonly address: string;
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly prefix: string;

  constructor({ bucket, prefix }: S3Address, { forcePathStyle, endpoint }: S3Options) {
    this.bucket = bucket;
    this.prefix = prefix;
    this.address = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
    // Some stores answer with checksums that do not belong to what they send.
    const checksums = endpoint ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
    this.client = new S3Client({
      ...(endpoint !== undefined && { endpoint }),
      forcePathStyle,
      requestChecksumCalculation: checksums,
      responseChecksumValidation: checksums,
      // The wait for "100 Continue" costs seconds where something in between never says it.
      expectContinueHeader: false,
      maxAttempts: TRIES,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: PART_MS,
        socketTimeout: PART_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  async read(key: string, { range, ifVersion }: ReadOptions = {}): Promise<Content | undefined> {
    if (range?.bytes === 0) return this.readNothing(key, ifVersion);
    const command = new GetObjectCommand({
      ...this.at(key),
      IfMatch: ifVersion,
      Range: range && `bytes=${range.start}-${range.start + range.bytes - 1}`,
    });
    try {
      return await this.within('reading', async (options) => {
        for (let tried = 1; ; tried += 1) {
          const { Body, ETag } = await this.client.send(command, options);
          try {
            return { bytes: Buffer.from(await Body!.transformToByteArray()), version: ETag! };
          } catch (error) {
            // The SDK tries again what gets no answer, but not an answer that breaks off.
            if (tried === TRIES) throw error;
          }
        }
      });
    } catch (error) {
      if (isNotThere(error)) return undefined;
      if (isConditionFailed(error)) throw new VersionChanged(key);
      if (statusOf(error) === 416) return this.readNothing(key, ifVersion);
      throw this.fault(error, 'reading');
    }
  }

  async stat(key: string): Promise<Facts | undefined> {
    const head = await this.head(key);
    return (
      head && {
        bytes: head.ContentLength ?? 0,
        version: head.ETag!,
        changedAt: head.LastModified ?? new Date(0),
      }
    );
  }

  async create(key: string, content: string | Uint8Array): Promise<boolean> {
    return this.put(key, content, { IfNoneMatch: '*' });
  }

  async replace(
    key: string,
    content: string | Uint8Array,
    { ifVersion }: { ifVersion?: string } = {},
  ): Promise<void> {
    const isWritten = await this.put(key, content, ifVersion ? { IfMatch: ifVersion } : {});
    if (!isWritten) throw new VersionChanged(key);
  }

  async write(key: string, fill: (writer: Writer) => Promise<void>): Promise<void> {
    const body = new PassThrough({ highWaterMark: PART_BYTES });
    const upload = new Upload({
      client: this.client,
      params: { ...this.at(key), Body: body },
      partSize: PART_BYTES,
      // Of several at once, the others would go on when one has failed.
      queueSize: 1,
    });
    const uploaded = upload.done().catch((error: unknown) => {
      throw this.fault(error, 'writing');
    });
    // Told to whoever writes next, or at the end.
    uploaded.catch(() => undefined);
    try {
      await fill({
        write: async (part) => {
          if (!body.write(part)) await Promise.race([once(body, 'drain'), uploaded]);
        },
      });
    } catch (error) {
      body.destroy(new Error('What was to be written did not come to its end'));
      // What is there of it is removed.
      await uploaded.catch(() => undefined);
      throw error;
    }
    body.end();
    await uploaded;
  }

  list(prefix: string): AsyncGenerator<Listed> {
    return this.objectsBelow(prefix);
  }

  files(prefix: string): AsyncGenerator<Listed> {
    return this.objectsBelow(prefix, '/');
  }

  private async *objectsBelow(prefix: string, delimiter?: string): AsyncGenerator<Listed> {
    const within = `${this.prefix}${folderOf(prefix)}`;
    for await (const { Contents = [] } of this.pages(within, delimiter)) {
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents) {
        const key = Key.slice(this.prefix.length);
        // A key that ends with a slash is how some tools show a folder.
        if (isKey(key)) yield { key, bytes: Size, changedAt: LastModified };
      }
    }
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    const within = `${this.prefix}${folderOf(prefix)}`;
    for await (const { CommonPrefixes = [] } of this.pages(within, '/')) {
      for (const { Prefix = '' } of CommonPrefixes) {
        const name = Prefix.slice(within.length, -1);
        if (isKey(name)) yield name;
      }
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.removeObjects(keys.map((key) => ({ Key: this.at(key).Key })));
  }

  async tidy(prefix: string, { isEnded } = { isEnded: false }): Promise<void> {
    const Prefix = `${this.prefix}${folderOf(prefix)}`;
    let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    do {
      const command = new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix, ...after });
      const page = await this.send('listing uploads', (options) =>
        this.client.send(command, options),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        const age = Date.now() - (Initiated?.getTime() ?? Date.now());
        if (!isEnded && age < ABANDONED_MS) continue;
        const abort = new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId });
        await this.send('tidying', (options) =>
          this.client.send(abort, options).catch((error: unknown) => {
            if (!isNotThere(error)) throw error;
          }),
        );
      }
      after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      if (!page.IsTruncated) return;
    } while (after.KeyMarker);
  }

  /** Marks of removal go last: without its mark, the newest version would stand under its key again. */
  async forget(prefix: string): Promise<string | undefined> {
    try {
      for (const kind of ['Versions', 'DeleteMarkers'] as const) {
        // A page may begin at what the page before has removed, and miss some: looked through until there is none.
        for (let pass = 1; await this.removeOld(prefix, kind); pass += 1) {
          if (pass === MOST_PASSES)
            return `${this.address} keeps versions that it says it removed.`;
        }
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'refused') throw error;
      return `${this.address} may keep versions of what was removed, and does not let these credentials look or remove them (s3:ListBucketVersions, s3:DeleteObjectVersion). Remove them, or let a lifecycle rule do it.`;
    }
  }

  /** @returns whether there was any */
  private async removeOld(prefix: string, kind: 'Versions' | 'DeleteMarkers'): Promise<boolean> {
    const Prefix = `${this.prefix}${prefix}`;
    const isMeant = (key = ''): boolean => key === Prefix || key.startsWith(`${Prefix}/`);
    let found = false;
    let after: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    do {
      const command = new ListObjectVersionsCommand({ Bucket: this.bucket, Prefix, ...after });
      const page = await this.send('listing versions', (options) =>
        this.client.send(command, options),
      );
      const listed: (ObjectVersion | DeleteMarkerEntry)[] = page[kind] ?? [];
      const old = listed.filter(
        ({ Key, IsLatest }) => isMeant(Key) && (kind === 'DeleteMarkers' || !IsLatest),
      );
      await this.removeObjects(old.map(({ Key, VersionId }) => ({ Key, VersionId })));
      found ||= old.length > 0;
      if (!page.IsTruncated) break;
      after = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    } while (after.KeyMarker);
    return found;
  }

  async probe(prefix: string): Promise<void> {
    // A run asks for this at its end only, where a right that is missing would hold it up.
    await this.tidy(prefix);
    const key = `${prefix}/probe-${randomUUID()}`;
    const isFirst = await this.create(key, 'first');
    try {
      const isSecond = await this.create(key, 'second');
      const isReplaced = await this.put(key, 'third', { IfMatch: `"${'0'.repeat(32)}"` });
      if (!isFirst || isSecond || isReplaced) throw this.isNoStore('ignores conditional writes');
      const content = await this.read(key);
      const listed: string[] = [];
      for await (const each of this.list(prefix)) if (each.key === key) listed.push(each.key);
      if (content?.bytes.toString() !== 'first' || listed.length !== 1) {
        throw this.isNoStore('does not show at once what was written');
      }
    } finally {
      await this.remove([key]);
    }
  }

  private isNoStore(why: string): StoreError {
    return new StoreError(
      `${this.address} ${why}, so two workers could undo each other's work. Use a store that docs/operating.md names.`,
      'refused',
    );
  }

  /**
   * Writes on a condition.
   * @returns false when it does not hold
   */
  private async put(
    key: string,
    content: string | Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
  ): Promise<boolean> {
    const mark = randomUUID();
    const command = new PutObjectCommand({
      ...this.at(key),
      ...condition,
      Body: Buffer.from(content as string),
      Metadata: { [MARK]: mark },
    });
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        await this.within('writing', (options) => this.client.send(command, options));
        return true;
      } catch (error) {
        if (isConflict(error) && conflicts < MOST_CONFLICTS) {
          await sleep(20 + Math.random() * 80 * (conflicts + 1));
        } else if (isConditionFailed(error) || (condition.IfMatch && isNotThere(error))) {
          return (await this.head(key))?.Metadata?.[MARK] === mark;
        } else throw this.fault(error, 'writing');
      }
    }
  }

  private async head(key: string) {
    try {
      return await this.within('reading', (options) =>
        this.client.send(new HeadObjectCommand(this.at(key)), options),
      );
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw this.fault(error, 'reading');
    }
  }

  private async readNothing(key: string, ifVersion?: string): Promise<Content | undefined> {
    const facts = await this.stat(key);
    if (facts && ifVersion !== undefined && facts.version !== ifVersion) {
      throw new VersionChanged(key);
    }
    return facts && { bytes: Buffer.alloc(0), version: facts.version };
  }

  private async *pages(
    Prefix: string,
    Delimiter?: string,
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        ...{ Bucket: this.bucket, Prefix, Delimiter },
        ContinuationToken,
      });
      const page = await this.send('listing', (options) => this.client.send(command, options));
      yield page;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
  }

  private async removeObjects(objects: ObjectIdentifier[]): Promise<void> {
    for (let start = 0; start < objects.length; start += REMOVED_AT_ONCE) {
      const Objects = objects.slice(start, start + REMOVED_AT_ONCE);
      const command = new DeleteObjectsCommand({
        Bucket: this.bucket,
        Delete: { Objects, Quiet: true },
      });
      const { Errors = [] } = await this.send('removing', (options) =>
        this.client.send(command, options),
      );
      const failed = Errors.find(({ Code }) => Code !== 'NoSuchKey' && Code !== 'NoSuchVersion');
      if (failed) throw this.fault(Object.assign(new Error(), { name: failed.Code }), 'removing');
    }
  }

  private async send<T>(doing: string, request: Request<T>): Promise<T> {
    return this.within(doing, request).catch((error: unknown) => {
      throw this.fault(error, doing);
    });
  }

  /** @throws StoreError when it takes too long; else what the SDK throws */
  private async within<T>(doing: string, request: Request<T>): Promise<T> {
    const abortSignal = AbortSignal.timeout(DEADLINE_MS);
    try {
      const options = { abortSignal, requestTimeout: ANSWER_MS };
      return await orAborted(request(options), abortSignal);
    } catch (error) {
      if (!abortSignal.aborted) throw error;
      throw new StoreError(`${this.address} does not answer at ${doing}.`);
    }
  }

  private fault(error: unknown, doing: string): StoreError {
    return toStoreError(error, this.address, doing);
  }

  private at(key: string): { Bucket: string; Key: string } {
    if (!isKey(key)) throw new Error('a reference names no key of the store');
    return { Bucket: this.bucket, Key: `${this.prefix}${key}` };
  }
}

type Request<T> = (options: { abortSignal: AbortSignal; requestTimeout: number }) => Promise<T>;

/** Whatever the SDK waits for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What all keys below a prefix begin with. */
function folderOf(prefix: string): string {
  return prefix === '' ? '' : `${prefix}/`;
}
