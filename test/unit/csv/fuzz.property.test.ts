/** Bytes of any kind, read in parts of any size, against csv-parse reading all of them at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUNDS } from '../../../src/csv/bounds.js';
import { parseBlock } from '../../../src/csv/cells.js';
import { ENCODINGS, SEPARATORS, type Encoding } from '../../../src/contract/dialect.js';
import { csvSettings } from '../../../src/contract/import/csv-settings.js';
import { importInputSchema } from '../../../src/contract/import/input.js';
import { writtenHere } from '../../../src/csv/dialect.js';
import { decode, firstInvalidByte } from '../../../src/csv/encoding.js';
import { FileError } from '../../../src/csv/file-error.js';
import { readHeader } from '../../../src/csv/header.js';
import { readBlocks } from '../../../src/csv/records.js';
import { isAddress } from '../../../src/identity/email.js';
import { readWhole, type WholeRow } from '../../support/read-whole.js';

const RUNS = process.env['LONG_FUZZ'] ? 20_000 : 600;

/** A file in memory, which gives no more bytes at once than it is told to, and counts them. */
class Source {
  reads = 0;
  bytesRead = 0;

  constructor(
    private readonly content: Buffer,
    private readonly most: number,
  ) {}

  async read(into: Buffer, offset: number, wanted: number, position: number) {
    const end = Math.min(position + Math.min(wanted, this.most), this.content.length);
    const bytesRead = this.content.copy(into, offset, position, Math.max(end, position));
    this.reads++;
    this.bytesRead += bytesRead;
    return { bytesRead, buffer: into };
  }
}

interface Read {
  result: WholeRow[] | string;
  largestBlock: number;
  source: Source;
}

async function readInParts(content: Buffer, most: number, dialect = writtenHere()): Promise<Read> {
  const source = new Source(content, most);
  const rows: WholeRow[] = [];
  let largestBlock = 0;
  const all = { start: 0, end: content.length, line: 1 };
  try {
    for await (const block of readBlocks(source, all, dialect)) {
      largestBlock = Math.max(largestBlock, block.bytes.length);
      rows.push(...parseBlock(block).map(({ line, cells }) => ({ line, cells })));
    }
    return { result: rows, largestBlock, source };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { result: error.problem.code, largestBlock, source };
  }
}

/** Text in pieces that mean something to a reader of CSV, or to a decoder. */
const piece = fc.constantFrom(
  ...['a', 'b ', ',', ',,', '"', '""', '"a"', '"a,b"', '"a\nb"', '"a""b"', 'a"b', '" ', '\t', ';'],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '\r\n\r\n',
    '\n\r',
    'é',
    '漢',
    '😀',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\0',
  ],
);
const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));
const encoded = fc
  .tuple(text, fc.constantFrom<BufferEncoding>('utf8', 'utf8', 'utf8', 'latin1', 'utf16le'))
  .map(([chars, encoding]) => Buffer.from(chars, encoding));
const anyBytes = fc.oneof(
  { arbitrary: encoded, weight: 4 },
  { arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)), weight: 1 },
  {
    arbitrary: fc
      .tuple(encoded, fc.uint8Array({ maxLength: 3 }), fc.nat(100))
      .map(([bytes, more, at]) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)]),
      ),
    weight: 2,
  },
);

describe('bytes of any kind', () => {
  it('give the rows and lines that csv-parse finds in the whole, or the same refusal, however they are read', async () => {
    const seen = { rows: 0, invalid_encoding: 0, malformed_quotes: 0 };
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.integer({ min: 1, max: 50 }), async (bytes, most) => {
        const whole = readWhole(bytes);
        const { result } = await readInParts(bytes, most);
        if (typeof result === 'string') {
          expect(whole).toContain(result);
          seen[result as 'malformed_quotes']++;
        } else {
          expect(result).toEqual(whole);
          seen.rows += result.length;
        }
      }),
      { numRuns: RUNS },
    );
    // Nothing of it is tested by chance only.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 50);
  });

  it('are read once, and never more of them are held than one record and one read', async () => {
    const row = fc
      .tuple(fc.nat(300_000), fc.constantFrom('a', '"a\n"', 'é', ' ', ','))
      .map(([bytes, unit]) => unit.repeat(Math.ceil(bytes / Buffer.byteLength(unit))));
    const large = fc.array(row, { minLength: 1, maxLength: 12 }).map((rows) => rows.join('\n'));
    await fc.assert(
      fc.asyncProperty(large, async (chars) => {
        const bytes = Buffer.from(chars);
        const { result, largestBlock, source } = await readInParts(bytes, Infinity);
        expect(result).toEqual(readWhole(bytes));
        expect(source.bytesRead).toBe(bytes.length);
        expect(source.reads).toBeLessThanOrEqual(bytes.length / (64 * 1024) + 2);
        expect(largestBlock).toBeLessThanOrEqual(BOUNDS.recordBytes + 64 * 1024);
      }),
      { numRuns: RUNS / 200 },
    );
  });

  it.each(['a', ',', '"', '\0', ' ', '\r', '""', 'é'])(
    'that repeat %j without an end are refused after a mebibyte',
    async (unit) => {
      const { result, source } = await readInParts(Buffer.from(unit.repeat(8_000_000)), Infinity);
      expect(result).toBe('malformed_quotes');
      expect(source.bytesRead).toBeLessThan(BOUNDS.recordBytes + 5 * 64 * 1024);
    },
  );
});

describe('bytes of any kind, in any encoding and with any separator', () => {
  const dialects = fc.record({
    encoding: fc.constantFrom(...ENCODINGS),
    separator: fc.constantFrom(...Object.values(SEPARATORS)),
    removesApostrophes: fc.constant(false),
  });
  const bytesOf = (encoding: Encoding) =>
    encoding.startsWith('utf-16')
      ? fc.oneof(
          anyBytes,
          text.map((chars) => {
            const bytes = Buffer.from(chars, 'utf16le');
            return encoding === 'utf-16be' ? bytes.swap16() : bytes;
          }),
        )
      : anyBytes;
  const files = dialects.chain((dialect) =>
    fc.record({ dialect: fc.constant(dialect), bytes: bytesOf(dialect.encoding) }),
  );

  it('give what csv-parse finds in their text, or a refusal, however they are read', async () => {
    let rowsRead = 0;
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 50 }), async (file, most) => {
        const { bytes, dialect } = file;
        const { result } = await readInParts(bytes, most, dialect);
        const bad = firstInvalidByte(bytes, dialect.encoding);
        if (bad !== undefined) {
          expect(result).toMatch(/^(invalid_encoding|malformed_quotes)$/);
          return;
        }
        const whole = readWhole(Buffer.from(decode(bytes, dialect.encoding)), dialect.separator);
        if (typeof result === 'string') {
          expect(whole).toContain(result);
          return;
        }
        rowsRead += result.length;
        expect(result).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
    expect(rowsRead).toBeGreaterThan(RUNS / 5);
  });

  it('and any settings, are taken or refused by a code', async () => {
    const settings = fc.record(
      {
        separator: fc.constantFrom(...Object.values(SEPARATORS)),
        encoding: fc.constantFrom(...ENCODINGS),
        linesBeforeHeader: fc.nat(3),
        headerNames: fc.constant(['email', 'a']),
        leadingApostrophes: fc.constantFrom('refuse', 'remove'),
      },
      { requiredKeys: [] },
    );
    const start = fc.constantFrom('', '\ufeff', 'sep=;\n', 'sep=,\r\n', '#TYPE a.B\n', 'email;a\n');
    const file = fc.tuple(start, files).map(([before, { bytes, dialect }]) => {
      const { encoding } = dialect;
      const text16 = Buffer.from(before, 'utf16le');
      const head = encoding.startsWith('utf-16')
        ? encoding === 'utf-16be'
          ? text16.swap16()
          : text16
        : Buffer.from(before);
      return Buffer.concat([head, bytes]);
    });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        file,
        settings,
        fc.integer({ min: 1, max: 50 }),
        async (bytes, csv, most) => {
          const { csv: parsed } = importInputSchema().parse({ file: 'f', actor: 'a', csv });
          const hints = {
            csv: csvSettings(parsed),
            isKnown: (name: string) => name === 'email',
            isAddress,
          };
          try {
            const header = await readHeader(new Source(bytes, most), bytes.length, hints);
            expect(header.bytes.equals(bytes.subarray(0, header.rows.start))).toBe(true);
            seen.add('taken');
          } catch (error) {
            if (!(error instanceof FileError)) throw error;
            seen.add(error.problem.code);
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(['taken', 'invalid_encoding', 'missing_header', 'unclear_separator']),
    );
  });
});
