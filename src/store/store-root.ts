/** Files to import in a store: a file is a key below the root's prefix. */
import type { FileCode } from '../contract/codes.js';
import { FileError } from '../csv/file-error.js';
import type { ImportRoot, KnownFile, Source } from './import-root.js';
import { StoreSource } from './store-source.js';
import { isKey, type Store } from './store.js';

/** Dots and slashes in another spelling, which something on the way may take for them. */
const DISGUISED = /%(2e|2f|5c)/i;

export class StoreRoot implements ImportRoot {
  constructor(readonly store: Store) {}

  async open(file: string, known?: KnownFile): Promise<Source> {
    confirmBelow(file);
    // Its version is the condition of each request: nothing more is to be looked at.
    if (known?.version !== undefined) return new StoreSource(this.store, file, known);
    const source = await StoreSource.open(this.store, file);
    if (source) return source;
    throw refusal('file_not_found', file, `there is no such file in ${this.store.address}`);
  }

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async put(file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    confirmBelow(file);
    await this.store.write(file, async (writer) => {
      for await (const bytes of content) await writer.write(bytes);
    });
  }
}

function confirmBelow(file: string): void {
  if (isKey(file) && !DISGUISED.test(file)) return;
  const why = "it lies outside the worker's import root; put the file below it";
  throw refusal('file_outside_root', file, why);
}

function refusal(code: FileCode, file: string, why: string): FileError {
  return new FileError({ code, message: `${code}: "${file}": ${why}.` });
}
