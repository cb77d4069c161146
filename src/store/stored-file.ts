import type { Store, Writer } from './store.js';

/** One of several files that are written side by side: `write` of the store, turned inside out. */
export class StoredFile {
  private readonly writer: Promise<Writer>;
  /** Of the whole file. */
  private readonly written: Promise<void>;
  private end!: () => void;
  private fail!: (error: Error) => void;

  /** @param head what the file begins with */
  constructor(store: Store, key: string, head = '') {
    const filled = new Promise<void>((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
    let begun!: Promise<void>;
    this.writer = new Promise((resolve, reject) => {
      begun = store.write(key, async (writer) => {
        await writer.write(head);
        resolve(writer);
        await filled;
      });
      begun.catch(reject);
    });
    this.written = begun;
    // Thrown where the file is written or committed, which it may not be.
    this.writer.catch(() => undefined);
    filled.catch(() => undefined);
  }

  async write(content: string | Uint8Array): Promise<void> {
    const writer = await this.writer;
    await writer.write(content);
  }

  /** The file is whole under its key when this returns. */
  async commit(): Promise<void> {
    this.end();
    await this.written;
  }

  /** Leaves nothing behind, and what was under the key before. */
  async discard(): Promise<void> {
    this.fail(new Error('discarded'));
    await this.written.catch(() => undefined);
  }
}
