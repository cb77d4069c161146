import type { Encoding, Separator } from '../contract/dialect.js';
import { BOUNDS } from './bounds.js';
import { readFully, type ByteSource } from './byte-source.js';
import { decode, firstInvalidByte, LF, Units } from './encoding.js';
import { separatorLine } from './find-separator.js';
import { missingHeader } from './missing-header.js';

/** The lines before the header, read one after the other: they are no records, and their quotes mean nothing. */
export class LinesBefore {
  position: number;
  line = 1;

  constructor(
    private readonly file: ByteSource,
    private readonly size: number,
    private readonly encoding: Encoding,
    start: number,
  ) {
    this.position = start;
  }

  /**
   * Reads over as many lines as were told, or else over the `sep=` of Excel, the `#TYPE` of PowerShell and the
   * `version:v1.0` of Entra's templates.
   * @returns the separator that a `sep=` in the first line names
   */
  async skip(told: number): Promise<Separator | undefined> {
    const first = await this.peek();
    const said = separatorLine(first.text);
    const isType = /^"?#TYPE [A-Za-z_][\w.+`]*"?$/.test(first.text);
    const isVersion = /^"?version:v\d+\.\d+"?,*$/.test(first.text);
    const lines = told > 0 ? told : said !== undefined || isType || isVersion ? 1 : 0;
    for (let i = 0; i < lines; i++) {
      const { end } = await this.peek();
      if (end === undefined) throw missingHeader(this.line, 'has no end within 1 MiB');
      this.position = end;
      this.line++;
    }
    return said;
  }

  /** The line that begins here, and where the next one begins; undefined where it is too long to say. */
  private async peek(): Promise<{ text: string; end: number | undefined }> {
    const units = new Units(this.encoding);
    const { width } = units;
    let bytes: Buffer = Buffer.alloc(0);
    for (let looked = 0; ; looked = bytes.length - (bytes.length % width)) {
      const wanted = Math.min(LINE_BYTES, this.size - this.position - bytes.length);
      const part = await readFully(this.file, this.position + bytes.length, wanted);
      bytes = Buffer.concat([bytes, part]);
      for (let i = looked; i + width <= bytes.length; i += width) {
        if (units.at(bytes, i) !== LF) continue;
        return { text: this.textOf(bytes.subarray(0, i)), end: this.position + i + width };
      }
      if (part.length === 0) return { text: this.textOf(bytes), end: this.size };
      if (bytes.length > BOUNDS.recordBytes) return { text: '', end: undefined };
    }
  }

  /** Without its line ending. What is no text is nothing that is looked for: the header's reading says so. */
  private textOf(bytes: Buffer): string {
    if (firstInvalidByte(bytes, this.encoding) !== undefined) return '';
    return decode(bytes, this.encoding).replace(/\r$/, '');
  }
}

const LINE_BYTES = 64 * 1024;
