import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { CsvRow } from '../../../src/csv/cells.js';
import { PlannedRun } from '../../support/planned-run.js';
import { fileProblem, fixture } from '../../support/fixtures.js';

const line = (row: CsvRow) => [row.line, row.cells];

describe('the rows of a chunk, read by its bytes alone', () => {
  it('keep line breaks, quotes and lines of quoted cells', async () => {
    const run = await PlannedRun.of(fixture('quoted-newlines'), { input: { chunkSize: 1 } });
    const rows = (await run.rowsByChunk()).flat();
    expect(rows.map(line)).toEqual([
      [2, ['ann@example.com', 'Ann\nMaria', 'A']],
      [4, ['ben@example.com', 'Ben\r\n\r\nJosé', 'say "hi", Ben']],
      [8, ['cid@example.com', '\n', 'C']],
    ]);
    expect(rows.map((row) => row.raw())).toEqual([
      '"ann@example.com","Ann\nMaria",A',
      'ben@example.com,"Ben\r\n\r\nJosé","say ""hi"", Ben"',
      'cid@example.com,"\n",C',
    ]);
  });

  it('are right with a byte order mark, mixed endings and blank lines anywhere', async () => {
    const run = await PlannedRun.of(fixture('mixed-line-endings'), { input: { chunkSize: 1 } });
    expect((await run.rowsByChunk()).flat().map(line)).toEqual([
      [3, ['ann@example.com', 'Ann']],
      [6, ['ben@example.com', 'Ben\r\nB']],
      [8, ['cid@example.com', 'Cid']],
    ]);
  });

  it('are whole when the file does not end with a newline', async () => {
    const run = await PlannedRun.of(fixture('no-newline-at-end'), { input: { chunkSize: 1 } });
    expect((await run.rowsByChunk()).flat().map(line)).toEqual([
      [2, ['ann@example.com', 'Ann']],
      [3, ['ben@example.com', 'Ben']],
    ]);
  });

  it('do not end in a carriage return when the file was cut off after one', async () => {
    const run = await PlannedRun.of(fixture('carriage-return-at-end'));
    expect((await run.rowsByChunk()).flat().map(line)).toEqual([
      [2, ['ann@example.com', 'Ann']],
      [3, ['ben@example.com', 'Ben']],
    ]);
    const quoted = await PlannedRun.of('email,first_name\r\n"ann@example.com","Ann"\r');
    expect((await quoted.rowsByChunk()).flat().map(line)).toEqual([
      [2, ['ann@example.com', 'Ann']],
    ]);
  });
});

describe('chunks of a file larger than one read', () => {
  // Rows of many sizes, so that reads end anywhere in them: also within characters of two to four bytes.
  const NAMES = ['Ann', 'Zoë', '漢字', '😀😀', 'a\nb', 'a\r\nb', '"', ''];
  const rows = Array.from({ length: 3000 }, (_, i) => [
    `user${i}@example.com`,
    NAMES[i % NAMES.length]!.repeat((i * 7) % 90),
  ]);
  // Longer than a read, twice: the second begins within the first's last read.
  rows.splice(1000, 0, ['long@example.com', 'é漢😀'.repeat(30_000)]);
  rows.splice(1001, 0, ['longer@example.com', '"\n'.repeat(80_000)]);
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const text =
    '\ufeffemail,first_name\r\n' +
    rows
      .map((cells, i) => cells.map(quoted).join(',') + ['\n', '\r\n', '\n\n\r\n'][i % 3]!)
      .join('');
  const bytes = Buffer.from(text);

  it.each([1, 2, 3, 500, 1000])('follow on each other at a chunk size of %i', async (chunkSize) => {
    const run = await PlannedRun.of(bytes, { input: { chunkSize } });
    const chunks = await run.chunks();
    expect(chunks).toHaveLength(Math.ceil(rows.length / chunkSize));
    let at = Buffer.byteLength('\ufeffemail,first_name\r\n');
    for (const { start, bytes: length, sha256 } of chunks) {
      expect(start).toBe(at);
      at += length;
      expect(sha256).toBe(createHash('sha256').update(bytes.subarray(start, at)).digest('hex'));
    }
    expect(at).toBe(bytes.length);
    expect(chunks.reduce((sum, chunk) => sum + chunk.rows, 0)).toBe(rows.length);
  });

  it('hold the cells that csv-parse finds in the whole file', async () => {
    const run = await PlannedRun.of(bytes, { input: { chunkSize: 7 } });
    const cells = (await run.rowsByChunk()).flat().map((row) => row.cells);
    const whole = parse(bytes, {
      bom: true,
      from: 2,
      record_delimiter: ['\r\n', '\n'],
      skip_empty_lines: true,
    });
    expect(cells).toEqual(rows);
    expect(cells).toEqual(whole);
  });

  it('keep which of their rows are not valid', async () => {
    const run = await PlannedRun.of(
      'email\n' + ['a@example.com', 'b', 'c@example.com', 'd', 'e', 'f@example.com'].join('\n'),
      { input: { chunkSize: 5 } },
    );
    const invalid = (await run.chunks()).map((chunk) => [...chunk.invalid]);
    expect(invalid).toEqual([[1, 3, 4], []]);
  });
});

describe('a row that never ends', () => {
  it.each([
    ['in an open quote', `email\n"${'x\n'.repeat(600_000)}`, 2],
    ['in bare carriage returns', `email\nann@example.com\n${'x\r'.repeat(600_000)}`, 3],
  ])('%s is malformed_quotes, before all of the file is in memory', async (_how, text, at) => {
    const problem = await fileProblem(PlannedRun.of(text));
    expect(problem).toMatchObject({ code: 'malformed_quotes', line: at });
    expect(problem.message).toContain('no end within 1 MiB');
  });
});
