import {
  isKey,
  VersionChanged,
  type Content,
  type Facts,
  type Listed,
  type ReadOptions,
  type Store,
  type Writer,
} from '../../src/store/store.js';

/** A store in memory, for tests. */
export class MemoryStore implements Store {
  readonly address = 'memory';
  private readonly contents = new Map<
    string,
    { bytes: Buffer; version: string; changedAt: Date }
  >();
  private versions = 0;

  read(key: string, { range, ifVersion }: ReadOptions = {}): Promise<Content | undefined> {
    const found = this.contents.get(checked(key));
    if (!found) return Promise.resolve(undefined);
    const { version } = found;
    if (ifVersion !== undefined && ifVersion !== version) {
      return Promise.reject(new VersionChanged(key));
    }
    const { start, bytes } = range ?? { start: 0, bytes: found.bytes.length };
    return Promise.resolve({
      bytes: Buffer.from(found.bytes.subarray(start, start + bytes)),
      version,
    });
  }

  stat(key: string): Promise<Facts | undefined> {
    const found = this.contents.get(checked(key));
    return Promise.resolve(found && { ...found, bytes: found.bytes.length });
  }

  create(key: string, content: string | Uint8Array): Promise<boolean> {
    if (this.contents.has(checked(key))) return Promise.resolve(false);
    this.put(key, content);
    return Promise.resolve(true);
  }

  replace(
    key: string,
    content: string | Uint8Array,
    { ifVersion }: { ifVersion?: string } = {},
  ): Promise<void> {
    if (ifVersion !== undefined && this.contents.get(checked(key))?.version !== ifVersion) {
      return Promise.reject(new VersionChanged(key));
    }
    this.put(key, content);
    return Promise.resolve();
  }

  async write(key: string, fill: (writer: Writer) => Promise<void>): Promise<void> {
    const parts: Buffer[] = [];
    await fill({
      write: (content) => {
        parts.push(Buffer.from(content as string));
        return Promise.resolve();
      },
    });
    this.put(key, Buffer.concat(parts));
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    for (const key of this.keysBelow(prefix)) {
      const found = this.contents.get(key);
      if (found) yield await Promise.resolve({ key, ...found, bytes: found.bytes.length });
    }
  }

  async *files(prefix: string): AsyncGenerator<Listed> {
    const start = prefix === '' ? 0 : prefix.length + 1;
    for await (const file of this.list(prefix)) {
      if (!file.key.slice(start).includes('/')) yield file;
    }
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    const start = prefix === '' ? 0 : prefix.length + 1;
    const names = this.keysBelow(prefix)
      .map((key) => key.slice(start).split('/'))
      .filter((parts) => parts.length > 1)
      .map(([name]) => name!);
    for (const name of new Set(names)) yield await Promise.resolve(name);
  }

  remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.contents.delete(checked(key));
    return Promise.resolve();
  }

  tidy(): Promise<void> {
    return Promise.resolve();
  }

  probe(): Promise<void> {
    return Promise.resolve();
  }

  private put(key: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content as string);
    this.contents.set(checked(key), {
      bytes,
      version: String(++this.versions),
      changedAt: new Date(),
    });
  }

  private keysBelow(prefix: string): string[] {
    const keys = [...this.contents.keys()].sort();
    return prefix === '' ? keys : keys.filter((key) => key.startsWith(`${prefix}/`));
  }
}

function checked(key: string): string {
  if (!isKey(key)) throw new Error(`no key: ${key}`);
  return key;
}
