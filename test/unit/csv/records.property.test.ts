import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { parseBlock } from '../../../src/csv/cells.js';
import { writtenHere } from '../../../src/csv/dialect.js';
import { FileError } from '../../../src/csv/file-error.js';
import { rawCells } from '../../../src/csv/raw-cells.js';
import { cutBlock, type Block } from '../../../src/csv/records.js';
import { readChunkRows } from '../../../src/store/read-chunk-rows.js';
import type { ChunkRange, Plan } from '../../../src/store/plan.js';
import { FileAddresses } from '../../../src/validation/file-addresses.js';
import { preflight } from '../../../src/validation/preflight.js';
import { validate } from '../../../src/validation/validate.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, temporaryFolder } from '../../support/planned-run.js';
import { hasValue } from '../../support/read-whole.js';
import { FolderRoot } from '../../../src/store/folder-root.js';

const CSV_PARSE = {
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
  skip_empty_lines: true,
};

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const cellText = fc.string({
  unit: fc.constantFrom(...Array.from('ab,"\n\r é漢😀\u0085\u2028\ufeff')),
});

/** A row's cells and its text, where each cell is quoted when it has to be, or by chance. */
const row = fc
  .array(fc.tuple(cellText, fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((parts) => ({
    cells: parts.map(([cell]) => cell),
    text: parts
      .map(([cell, byChance]) =>
        byChance || /[",\r\n]/.test(cell) || (cell === '' && parts.length === 1)
          ? quoted(cell)
          : cell,
      )
      .join(','),
  }));
const ending = fc.stringMatching(/^(\r?\n){1,3}$/);
const file = fc
  .array(fc.tuple(row, ending), { minLength: 1, maxLength: 12 })
  .chain((rows) => fc.record({ rows: fc.constant(rows), endsOpen: fc.boolean() }))
  .map(({ rows, endsOpen }) => {
    const expected: { line: number; cells: string[]; text: string }[] = [];
    let text = '';
    for (const [i, [{ cells, text: rowText }, newlines]] of rows.entries()) {
      expected.push({ line: 2 + (text.match(/\n/g) ?? []).length, cells, text: rowText });
      text += rowText + (endsOpen && i === rows.length - 1 ? '' : newlines);
    }
    return { text, expected: expected.filter(({ cells }) => hasValue(cells)) };
  })
  .filter(({ expected }) => expected.length > 0);

describe('any well-formed file', () => {
  it('has the same rows, read whole and chunk by chunk', async () => {
    const root = await temporaryFolder();
    const anyFile = fc.tuple(
      file,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom('email,a\n', '\ufeffemail,a\r\n'),
    );
    await fc.assert(
      fc.asyncProperty(anyFile, async ([{ text, expected }, chunkSize, header]) => {
        const chunks = await chunksOf(root, header + text, chunkSize);
        const rows = chunks.flatMap((chunk) => chunk.rows);
        expect(
          rows.map((found) => ({ line: found.line, cells: found.cells, text: found.raw() })),
        ).toEqual(expected);
        expect(rows.map((found) => found.cells)).toEqual(parse(text, CSV_PARSE).filter(hasValue));

        // What lies between them, and before and after all, holds no row.
        const bytes = Buffer.from(header + text);
        const ends = chunks.map(({ range }) => range.start + range.bytes);
        const starts = chunks.map(({ range }) => range.start);
        for (const [i, end] of [Buffer.byteLength(header), ...ends].entries()) {
          const start = starts[i] ?? bytes.length;
          expect(start).toBeGreaterThanOrEqual(end);
          const between = bytes.toString('utf8', end, start);
          expect(parse(between, CSV_PARSE).filter(hasValue)).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has as many raw cells in a row as cells, and each is the cell once it is unquoted', () => {
    fc.assert(
      fc.property(row, ({ cells, text }) => {
        const raw = rawCells(text, { separator: ',' });
        expect(raw.join(',')).toBe(text);
        expect(raw.map((cell) => parse(`${cell},`, CSV_PARSE)[0]![0])).toEqual(cells);
      }),
    );
  });
});

describe('any text at all', () => {
  it('is refused exactly when csv-parse refuses it whole, and has the same cells otherwise, in whatever blocks', () => {
    const text = fc
      .string({
        unit: fc.constantFrom(...Array.from('ab,"\n\r '), '\r\n', '"a"', '""'),
        maxLength: 30,
      })
      // Half a CRLF at the end belongs to no cell here.
      .filter((chars) => !chars.endsWith('\r'));
    let refused = 0;
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 3 }), (chars, recordsABlock) => {
        const whole = attempt(() => parse(chars, CSV_PARSE));
        const blocks = blocksOf(Buffer.from(chars), recordsABlock);
        const rows = attempt(() => blocks.flatMap((block) => parseBlock(block)));
        if (whole instanceof Error) {
          refused++;
          expect(rows).toBeInstanceOf(FileError);
        } else {
          expect(rows instanceof Error ? rows : rows.map(({ cells }) => cells)).toEqual(
            whole.filter(hasValue),
          );
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});

/** Blocks of so many records each, cut again from their own bytes as a chunk's are. */
function blocksOf(bytes: Buffer, recordsABlock: number): Block[] {
  const { records } = cutBlock(bytes, 0, 1, writtenHere());
  const firsts = records.filter((_, i) => i % recordsABlock === 0);
  return firsts.map(({ start, line }, i) =>
    cutBlock(bytes.subarray(start, firsts[i + 1]?.start), start, line, writtenHere()),
  );
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}

/** The chunks that validation cuts, each with its rows as they are read again. */
async function chunksOf(importRoot: string, text: string, chunkSize: number) {
  await writeFile(join(importRoot, 'users.csv'), text);
  const deps = {
    importRoot: new FolderRoot(importRoot),
    kratos: new KratosInMemory(),
    roles: [],
    tenants: [],
  };
  const prepared = await preflight(deps, inputOf({ columns: { a: 'ignore' } }));
  const ranges: ChunkRange[] = [];
  const output = {
    chunk: async (range: ChunkRange) => void ranges.push(range),
    invalidRow: async () => undefined,
  };
  await validate(
    { ...prepared, chunkSize, canaryRows: 0 },
    prepared.rules,
    new FileAddresses(),
    output,
    () => undefined,
  );
  await prepared.file.close();
  const { header, rules, bytes: fileBytes } = prepared;
  const plan = { file: 'users.csv', fileBytes, dialect: header.dialect, map: rules.map } as Plan;
  const run = { plan, folder: undefined as never };
  return Promise.all(
    ranges.map(async (range) => ({
      range,
      rows: await readChunkRows(deps.importRoot, run, range),
    })),
  );
}
