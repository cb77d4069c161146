/** Files packed by gzip: chunks are read at any place, so that their text is unpacked into the run's own folder. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { formatNumber } from '../format.js';
import { BOUNDS } from '../csv/bounds.js';
import { FileError } from '../csv/file-error.js';
import { readAhead, readFully, type ByteSource } from '../csv/byte-source.js';
import type { Source } from './import-root.js';
import { StoreSource } from './store-source.js';
import type { Store, Writer } from './store.js';

/** What the plan knows of a packed file. */
export interface Packed {
  /** Bytes of its text. */
  textBytes: number;
  /** Its last bytes, in hexadecimal: checksum and length of the text (RFC 1952). */
  trailer: string;
}

export interface Unpacked extends Packed {
  /** SHA-256 of the packed file. */
  sha256: string;
}

const MAGIC = Buffer.from([0x1f, 0x8b]);
const TRAILER_BYTES = 8;
/** So much may be unpacked whatever the size of the file: a few rows that are alike are no attack. */
const FREE_BYTES = 16 * 1024 * 1024;

export async function isPacked(file: ByteSource): Promise<boolean> {
  return (await readFully(file, 0, MAGIC.length)).equals(MAGIC);
}

export async function readTrailer(file: ByteSource, bytes: number): Promise<string> {
  const trailer = await readFully(file, Math.max(0, bytes - TRAILER_BYTES), TRAILER_BYTES);
  return trailer.toString('hex');
}

/** Where the text of a packed file goes, and is read from. */
export interface TextPlace {
  write(fill: (writer: Writer) => Promise<void>): Promise<void>;
  /** @returns undefined when nothing has been written */
  open(): Promise<Source | undefined>;
}

export function textIn(store: Store, key: string): TextPlace {
  return {
    write: (fill) => store.write(key, fill),
    open: () => StoreSource.open(store, key),
  };
}

/**
 * Unpacks a file.
 * @param onPart called now and then
 * @throws FileError `invalid_gzip`; nothing is left then
 */
export async function unpack(
  file: ByteSource,
  bytes: number,
  place: TextPlace,
  onPart: () => void,
): Promise<Unpacked> {
  const hash = createHash('sha256');
  const gunzip = createGunzip();
  let textBytes = 0;
  await place.write(async (target) => {
    await refusingBroken(
      pipeline(
        readAhead(file, { start: 0, end: bytes }),
        async function* (content: AsyncIterable<Buffer>) {
          for await (const part of content) {
            hash.update(part);
            yield part;
          }
        },
        gunzip,
        async (text: AsyncIterable<Buffer>) => {
          for await (const part of text) {
            textBytes += part.length;
            refuseBomb(textBytes, bytes);
            await target.write(part);
            onPart();
          }
        },
      ),
    );
    // Zeros end it for zlib, and whoever is packed behind them would be missing.
    if (gunzip.bytesWritten < bytes) throw invalid(MORE);
  });
  return { textBytes, trailer: await readTrailer(file, bytes), sha256: hash.digest('hex') };
}

/** The beginning of a packed file's text: its header is read before all of it is unpacked. */
export class TextStart implements ByteSource {
  private constructor(private readonly text: Buffer) {}

  /** @throws FileError `invalid_gzip` */
  static async of(file: ByteSource, bytes: number): Promise<TextStart> {
    const parts: Buffer[] = [];
    let length = 0;
    const work = pipeline(
      readAhead(file, { start: 0, end: bytes }),
      createGunzip(),
      async (text: AsyncIterable<Buffer>) => {
        for await (const part of text) {
          parts.push(part);
          length += part.length;
          if (length >= START_BYTES) break;
        }
      },
    );
    await refusingBroken(
      work.catch((error: unknown) => {
        // Leaving off early aborts what is left of it.
        if (length < START_BYTES) throw error;
      }),
    );
    return new TextStart(Buffer.concat(parts));
  }

  get bytes(): number {
    return this.text.length;
  }

  read(into: Buffer, offset: number, wanted: number, position: number) {
    const bytesRead = this.text.copy(into, offset, position, position + wanted);
    return Promise.resolve({ bytesRead });
  }
}

/** Lines before the header, and a header as long as one may be. */
const START_BYTES = 4 * BOUNDS.recordBytes;

function refuseBomb(textBytes: number, bytes: number): void {
  const { unpackedBytes, unpackedTimes } = BOUNDS;
  if (textBytes > unpackedBytes) {
    throw invalid(`its text is longer than ${formatNumber(unpackedBytes)} bytes; split it`);
  }
  if (textBytes > FREE_BYTES && textBytes > bytes * unpackedTimes) {
    throw invalid(
      `its text is more than ${unpackedTimes} times as long as the file, as users never are; unpack it yourself if it is right`,
    );
  }
}

async function refusingBroken(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (/^Z_(DATA|BUF)_ERROR$/.test(code)) throw invalid('it is cut off or damaged; copy it again');
    // Its end came before that of the file.
    if (code === 'ABORT_ERR') throw invalid(MORE);
    throw error;
  }
}

const MORE = 'zeros or other bytes follow its end; pack it again';

function invalid(why: string): FileError {
  return new FileError({
    code: 'invalid_gzip',
    message: `invalid_gzip: the file is packed by gzip, and ${why}.`,
  });
}
