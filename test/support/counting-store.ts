import type { Content, Facts, Listed, ReadOptions, Writer } from '../../src/store/store.js';
import { MemoryStore } from './memory-store.js';

/** Counts what it is asked for: on S3, each of these is a request, and a list of names one for a thousand. */
export class CountingStore extends MemoryStore {
  private counts: Record<string, number> = {};

  /** What was asked for since this was called last, by kind. */
  take(): Record<string, number> {
    const { counts } = this;
    this.counts = {};
    return counts;
  }

  override read(key: string, options?: ReadOptions): Promise<Content | undefined> {
    this.count('read');
    return super.read(key, options);
  }

  override stat(key: string): Promise<Facts | undefined> {
    this.count('stat');
    return super.stat(key);
  }

  override create(key: string, content: string | Uint8Array): Promise<boolean> {
    this.count('create');
    return super.create(key, content);
  }

  override replace(...of: Parameters<MemoryStore['replace']>): Promise<void> {
    this.count('replace');
    return super.replace(...of);
  }

  override write(key: string, fill: (writer: Writer) => Promise<void>): Promise<void> {
    this.count('write');
    return super.write(key, fill);
  }

  override list(prefix: string): AsyncGenerator<Listed> {
    this.count('list');
    return super.list(prefix);
  }

  override folders(prefix: string): AsyncGenerator<string> {
    this.count('folders');
    return super.folders(prefix);
  }

  override remove(keys: readonly string[]): Promise<void> {
    this.count('remove');
    return super.remove(keys);
  }

  private count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }
}
