/**
 * The port to where the files to import are. Two adapters: a folder of this machine (folder-root.ts), and a store
 * (store-root.ts). Nobody who starts an import can name a file outside it.
 */
import type { ByteSource } from '../csv/byte-source.js';
import { FileError } from '../csv/file-error.js';
import type { Store } from './store.js';

export interface ImportRoot {
  /** The store that its files are in: for copies that were put there. */
  readonly store: Store;

  /**
   * Opens a file, once: what is checked is what was opened, whatever becomes of its name meanwhile.
   * @param file path below the root
   * @param known what is known of it since it was validated
   * @throws FileError `file_outside_root`, `file_not_found`
   */
  open(file: string, known?: KnownFile): Promise<Source>;

  /**
   * The name below the root of a file of this machine which lies there.
   * @param path without links
   * @throws an ENOENT error where this machine does not have the root
   */
  find(path: string): Promise<string | undefined>;

  /** Puts a copy into the root itself: all of it or nothing, for its owner only. */
  put(file: string, content: AsyncIterable<Uint8Array>): Promise<void>;
}

/** A file, open for reading. Whoever opened it closes it. */
export interface Source extends ByteSource {
  readonly bytes: number;
  /** Of its content, where the root tells contents apart: reading another one throws VersionChanged. */
  readonly version?: string | undefined;
  /** Its size by now. */
  bytesNow(): Promise<number>;
  close(): Promise<void>;
}

export interface KnownFile {
  bytes: number;
  version?: string | undefined;
}

/** This worker does not see a file that another one has seen: worth another try, at best by that one. */
export class SourceMissing extends Error {
  override readonly name = 'SourceMissing';
}

/** The same root for files that the preflight has seen: where one is missing, it is this worker that lacks it. */
export function rootOfSeenFiles(root: ImportRoot): ImportRoot {
  return {
    store: root.store,
    find: (path) => root.find(path),
    put: (file, content) => root.put(file, content),
    open: (file, known) =>
      root.open(file, known).catch((error: unknown) => {
        if (!(error instanceof FileError) || !LACKING.has(error.problem.code)) throw error;
        const { code, message } = error.problem;
        throw new SourceMissing(
          `This worker lacks the file: ${message.slice(`${code}: `.length)} All workers must have the same IMPORT_ROOT.`,
        );
      }),
  };
}

const LACKING = new Set<FileError['problem']['code']>(['file_not_found', 'file_outside_root']);
