/** Files packed by gzip. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { writeReport } from '../../../src/report/write-report.js';
import { readChunkRows } from '../../../src/store/read-chunk-rows.js';
import { fileProblem } from '../../support/fixtures.js';
import { inputOf, pathOf, PlannedRun, RUN, temporaryFolder } from '../../support/planned-run.js';

const HEADER = 'email,first_name\n';
const rowsOf = (rows: number, from = 0) =>
  Array.from({ length: rows }, (_, i) => `u${from + i}@example.com,"Zoë\n${(from + i) * 7919}"\n`);
const TEXT = `${HEADER}${rowsOf(500).join('')}`;
const PACKED = gzipSync(TEXT);

const cells = async (run: PlannedRun) =>
  (await run.rowsByChunk()).flat().map((row) => [row.line, ...row.cells]);
const inPlan = ({ folder }: PlannedRun) => readdir(dirname(pathOf(folder, folder.plan)));

describe('a packed file', () => {
  it('has the rows, lines and byte ranges of its text, and its own checksum', async () => {
    const input = { input: { chunkSize: 7 } };
    const [packed, plain] = [await PlannedRun.of(PACKED, input), await PlannedRun.of(TEXT, input)];
    expect(await cells(packed)).toEqual(await cells(plain));
    expect(await packed.chunks()).toEqual(await plain.chunks());
    expect(packed.findings).toEqual({
      ...plain.findings,
      sha256: createHash('sha256').update(PACKED).digest('hex'),
      csv: { ...plain.findings.csv, gzip: true },
    });
    expect((await stat(pathOf(packed.folder, packed.folder.sourceText))).mode & 0o777).toBe(0o600);
    expect(await readFile(pathOf(packed.folder, packed.folder.sourceText), 'utf8')).toBe(TEXT);
  });

  it('may be several that were joined, as gzip reads them', async () => {
    const more = rowsOf(3, 500).join('');
    const run = await PlannedRun.of(Buffer.concat([PACKED, gzipSync(more)]));
    expect(run.findings.rows).toBe(503);
  });

  it('is read to its end where its header alone is looked at first', async () => {
    const many = rowsOf(200_000);
    const run = await PlannedRun.of(gzipSync(HEADER + many.join('')));
    expect(run.findings).toMatchObject({ rows: many.length, invalid: 0 });
  });

  it('is unpacked again where the copy is gone, and the copy is gone after the report', async () => {
    const run = await PlannedRun.of(PACKED);
    await rm(pathOf(run.folder, run.folder.sourceText));
    expect(await cells(run)).toHaveLength(500);
    expect(await inPlan(run)).toContain('source.csv');
    const request = {
      run: RUN,
      ending: 'cancelled' as const,
      startedAt: '2026-11-02T09:00:00.000Z',
      settings: inputOf(),
      planned: true,
      undecidedChunks: [],
      timeline: NO_TIMELINE,
      history: { rows: [], mails: [] },
    };
    await writeReport(run.folder, run.root, request, { now: () => new Date(0) });
    expect(await inPlan(run)).not.toContain('source.csv');
  });

  it.each([
    ['another one of the same length', 'u1@example.com', 'v1@example.com'],
    ['a longer one', 'u1@example.com', 'somebody.else@example.com'],
  ])('that was changed into %s is file_changed', async (_what, from, to) => {
    const stored = (text: string) => gzipSync(text, { level: 0 });
    const run = await PlannedRun.of(stored(TEXT));
    await writeFile(join(run.importRoot, 'users.csv'), stored(TEXT.replace(from, to)));
    const [first] = await run.chunks();
    expect((await fileProblem(readChunkRows(run.root, run, first!))).code).toBe('file_changed');
  });

  it('that changed, and whose copy is gone, is file_changed', async () => {
    const run = await PlannedRun.of(PACKED);
    await rm(pathOf(run.folder, run.folder.sourceText));
    const changed = Buffer.from(PACKED);
    changed[4] = 0xff; // Its time stamp: the text is the same, the file is not.
    await writeFile(join(run.importRoot, 'users.csv'), changed);
    const [first] = await run.chunks();
    expect((await fileProblem(readChunkRows(run.root, run, first!))).code).toBe('file_changed');
  });
});

describe('a packed file that is no good', () => {
  const broken = Buffer.from(PACKED).fill(0xaa, PACKED.length >> 1, (PACKED.length >> 1) + 40);

  it.each<[string, Buffer, RegExp]>([
    ['cut off', PACKED.subarray(0, -20), /cut off or damaged/],
    ['damaged', broken, /cut off or damaged/],
    ['nothing but its first bytes', PACKED.subarray(0, 2), /cut off or damaged/],
    ['followed by zeros', Buffer.concat([PACKED, Buffer.alloc(10)]), /follow its end/],
    ['followed by many zeros', Buffer.concat([PACKED, Buffer.alloc(1_000_000)]), /follow its end/],
    [
      'followed by zeros and more rows',
      Buffer.concat([PACKED, Buffer.alloc(512), gzipSync('ann@example.com,Ann\n')]),
      /follow its end/,
    ],
    ['followed by rows as they are', Buffer.concat([PACKED, Buffer.from('a@b.de,A\n')]), /damaged/],
    [
      'a bomb of blank lines',
      gzipSync(HEADER + '\n'.repeat(40_000_000)),
      /more than 200 times as long/,
    ],
  ])('as it is %s is invalid_gzip', async (_how, content, says) => {
    const problem = await fileProblem(PlannedRun.of(content));
    expect(problem.code).toBe('invalid_gzip');
    expect(problem.message).toMatch(says);
  });

  it('of nothing is empty', async () => {
    expect((await fileProblem(PlannedRun.of(gzipSync('')))).code).toBe('empty_file');
  });

  it('leaves nothing in the plan', async () => {
    const root = await temporaryFolder();
    await fileProblem(PlannedRun.below(root, PACKED.subarray(0, -20)));
    const left = await readdir(join(root, 'runs'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});
