import { VersionChanged, type Store } from './store.js';
import type { KnownFile, Source } from './import-root.js';

/** So much is asked for at once when a file is read from its beginning to its end: each request is a round trip. */
const AHEAD_BYTES = 4 * 1024 * 1024;

/** A part of the file that was asked for. */
interface Part {
  start: number;
  bytes: number;
  content: Promise<Buffer>;
}

/**
 * A file of a store. What is read here and there is asked for as it is; whoever goes on where they left off gets large
 * parts, each asked for while the part before it is used.
 */
export class StoreSource implements Source {
  readonly bytes: number;
  readonly version: string | undefined;
  /** The newest last: the one that is used, and the one that comes. */
  private parts: Part[] = [];

  /** @param known its content, as it was when it was looked at: no other is ever read */
  constructor(
    private readonly store: Store,
    private readonly key: string,
    known: KnownFile,
  ) {
    this.bytes = known.bytes;
    this.version = known.version;
  }

  /** @returns undefined when there is no such file */
  static async open(store: Store, key: string): Promise<StoreSource | undefined> {
    const facts = await store.stat(key);
    return facts && new StoreSource(store, key, facts);
  }

  /** @throws VersionChanged when it was changed, or removed, since it was looked at */
  async read(
    into: Buffer,
    offset: number,
    wanted: number,
    position: number,
  ): Promise<{ bytesRead: number }> {
    if (position >= this.bytes || wanted === 0) return { bytesRead: 0 };
    const part = this.partAt(position) ?? this.ask(position, wanted);
    const content = await part.content;
    const from = position - part.start;
    return { bytesRead: content.copy(into, offset, from, from + wanted) };
  }

  bytesNow(): Promise<number> {
    return Promise.resolve(this.bytes);
  }

  close(): Promise<void> {
    this.parts = [];
    return Promise.resolve();
  }

  private partAt(position: number): Part | undefined {
    const part = this.parts.find(
      ({ start, bytes }) => position >= start && position < start + bytes,
    );
    const last = this.parts.at(-1);
    // It goes on from part to part: the next one is asked for already.
    if (part && part === last && part.bytes === AHEAD_BYTES) this.ask(endOf(part), AHEAD_BYTES);
    return part;
  }

  private ask(start: number, wanted: number): Part {
    const goesOn = this.parts.some((part) => endOf(part) === start);
    const bytes = Math.min(goesOn ? Math.max(wanted, AHEAD_BYTES) : wanted, this.bytes - start);
    const part = { start, bytes, content: this.load(start, bytes) };
    // Thrown when it is used, which it may not be.
    part.content.catch(() => undefined);
    this.parts = [...this.parts.slice(-1), part];
    return part;
  }

  private async load(start: number, bytes: number): Promise<Buffer> {
    if (bytes <= 0) return Buffer.alloc(0);
    const range = { start, bytes };
    const content = await this.store.read(this.key, { range, ifVersion: this.version });
    if (!content) throw new VersionChanged(this.key);
    return content.bytes;
  }
}

function endOf({ start, bytes }: Part): number {
  return start + bytes;
}
