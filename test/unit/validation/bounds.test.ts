/** Files that were made to stop a worker, or to fill its disk: each costs no more than its size. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BOUNDS } from '../../../src/csv/bounds.js';
import { readInvalidRows } from '../../../src/report/row-stream.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { mapColumns } from '../../../src/identity/map-columns.js';
import { fileProblem } from '../../support/fixtures.js';
import { schemaOf } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, type Given } from '../../support/planned-run.js';

const MIB = 1024 * 1024;
const ANN = 'ann@example.com';

function withTraits(traits: Record<string, unknown>): Given {
  const kratos = new KratosInMemory({ schemas: [schemaOf(traits)] });
  const columns = Object.fromEntries(Object.keys(traits).map((name) => [name, `traits.${name}`]));
  return { kratos, input: { columns } };
}

/** The codes and reason of the file's one row, which validation refuses. */
async function refused(file: string, given: Given = {}) {
  const [row, ...others] = await (await PlannedRun.of(file, given)).rejected();
  expect(others).toEqual([]);
  return row!;
}

describe('a cell', () => {
  it.each([
    ['of a million blanks', ' '.repeat(1_000_000)],
    ['of no-break spaces around a letter', `a${'\u00a0'.repeat(300_000)}b`],
    ['of a million dots', '.'.repeat(1_000_000)],
    ['of a million letters', 'a'.repeat(1_000_000)],
  ])('%s is too long, wherever it is', async (_what, cell) => {
    expect(await refused(`email,first_name\n${cell},Ann\n`)).toMatchObject({
      line: 2,
      codes: expect.arrayContaining(['value_too_long', 'invalid_email']) as string[],
    });
    const { codes, reason } = await refused(`email,first_name\n${ANN},${cell}\n`);
    expect(codes).toEqual(['value_too_long']);
    expect(reason).toContain('column 2 has more than 32768 bytes');
  });

  it('of as many bytes as are allowed is taken, of one more is not', async () => {
    const file = (name: string) => `email,first_name\n${ANN},${name}\n`;
    const most = 'é'.repeat(BOUNDS.cellBytes / 2);
    expect((await PlannedRun.of(file(most))).findings.invalid).toBe(0);
    expect((await refused(file(`${most}a`))).codes).toEqual(['value_too_long']);
  });

  it.each([
    ['an escape', '\x1b[2J', 'U+001B'],
    ['a C1 control', 'a\u009bm', 'U+009B'],
    ['DEL', 'a\x7f', 'U+007F'],
    ['NUL', 'a\0b', 'U+0000'],
    ['an override of direction', 'a\u202egpj.exe', 'U+202E'],
  ])('with %s is refused', async (_what, cell, name) => {
    const { codes, reason } = await refused(`email,first_name\n${ANN},${cell}\n`);
    expect(codes).toEqual(['schema_violation']);
    expect(reason).toBe(`column 2 holds the control character ${name}`);
    const { codes: address } = await refused(`email\n${cell}@example.com\n`);
    expect(address).toEqual(['schema_violation', 'invalid_email']);
  });

  it('with tabs, line ends and marks that text needs is taken', async () => {
    const { findings } = await PlannedRun.of(
      `email,first_name\n${ANN},"a\tb\nc\r\nd \u200f\u202a\u202c\u200d e"\n`,
    );
    expect(findings.invalid).toBe(0);
  });
});

describe('a schema pattern', () => {
  it.each(['^([A-Za-z]+[ -]?)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(a*)*$', '^(a|a)*b$'])(
    '%s takes time by the length of the text alone',
    async (pattern) => {
      const given = withTraits({ nick: { type: 'string', pattern } });
      const cell = `${'a'.repeat(30_000)}!`;
      const run = await PlannedRun.of(`email,nick\n${`${ANN},${cell}\n`.repeat(3)}`, given);
      expect(run.findings.rows).toBe(3);
    },
  );
});

describe('JSON in a cell', () => {
  const given = withTraits({ tags: { type: 'array', uniqueItems: true } });
  const cell = (json: string) =>
    refused(`email,tags\n${ANN},"${json.replaceAll('"', '""')}"\n`, given);

  it('that is nested 7,000 deep is refused', async () => {
    const { codes, reason } = await cell('['.repeat(7000) + ']'.repeat(7000));
    expect(codes).toEqual(['value_too_long']);
    expect(reason).toBe('the trait tags is nested more than 32 deep');
  });

  it('of more values than a rule should compare with each other is refused', async () => {
    const { codes, reason } = await cell(JSON.stringify(Array.from({ length: 2000 }, (_, i) => i)));
    expect(codes).toEqual(['value_too_long']);
    expect(reason).toBe('the trait tags holds more than 1000 values');
  });

  it('of a thousand values, or 32 deep, is looked at by the schema', async () => {
    const deep = '['.repeat(32) + ']'.repeat(32);
    const many = JSON.stringify(Array.from({ length: 999 }, (_, i) => i));
    for (const json of [deep, many]) {
      const { findings } = await PlannedRun.of(`email,tags\n${ANN},"${json}"\n`, given);
      expect(findings.invalid).toBe(0);
    }
  });
});

describe('a row', () => {
  it('of a million commas keeps them once in rejects.csv', async () => {
    const run = await PlannedRun.of(`email\n${ANN}${','.repeat(1_000_000)}\n`);
    expect(await run.rejected()).toMatchObject([
      { codes: ['wrong_column_count', 'value_too_long'] },
    ]);
    expect((await run.refused()).length).toBeLessThan(1_001_000);
  });

  it('that lacks most of its cells is not filled up by all of them', async () => {
    const header = Array.from({ length: 999 }, (_, i) => `c${i}`).join(',');
    const rows = 2000;
    const run = await PlannedRun.of(`email,${header}\n${'x\n'.repeat(rows)}`);
    expect(run.findings.invalid).toBe(rows);
    expect((await run.refused()).length).toBeLessThan(rows * 300);
    const cells = [];
    for await (const { line } of readInvalidRows(run)) cells.push(line);
    expect(cells).toEqual(Array.from({ length: rows }, (_, i) => i + 2));
  });

  it('that breaks a rule in each of its columns has a reason that can be read', async () => {
    const traits = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [`t${i}`, { type: 'integer' }]),
    );
    const names = Object.keys(traits);
    const row = `${ANN},${names.map(() => 'x').join(',')}\n`;
    const { reason } = await refused(`email,${names.join(',')}\n${row}`, withTraits(traits));
    expect(reason.length).toBeLessThan(2100);
  });

  it('of more than 256 KiB is refused, and the rows around it are not', async () => {
    const long = `bob@example.com${`,${'n'.repeat(30_000)}`.repeat(10)}\n`;
    const header = `email${Array.from({ length: 10 }, (_, i) => `,c${i}`).join('')}\n`;
    const short = (name: string) => `${name}@example.com${',x'.repeat(10)}\n`;
    const run = await PlannedRun.of(`${header}${short('ann')}${long}${short('cid')}`);
    expect(await run.rejected()).toMatchObject([{ line: 3, codes: ['value_too_long'] }]);
    expect(run.findings.rows).toBe(3);
  });

  it.each([MIB, MIB + 1])(
    'of %i bytes is refused by itself up to a mebibyte, then with its file',
    async (bytes) => {
      const row = `${ANN},${'x'.repeat(bytes - ANN.length - 1)}`;
      const run = PlannedRun.of(`email,first_name\nbob@example.com,Bob\n${row}\n`);
      if (bytes > MIB)
        expect(await fileProblem(run)).toMatchObject({ code: 'malformed_quotes', line: 3 });
      else
        expect(await (await run).rejected()).toMatchObject([
          { line: 3, codes: ['value_too_long'] },
        ]);
    },
  );

  it('on which the check itself fails costs that row', () => {
    const schema = schemaOf({});
    const mapped = mapColumns(['email'], {}, schema);
    if (!mapped.ok) throw new Error(mapped.problem.message);
    const check = createRowCheck({ map: mapped.map, schema, roles: [] });
    const poisonous = new Proxy([ANN], {
      get(cells, key, receiver) {
        if (key === '0') throw new TypeError(`cannot read ${ANN}`);
        return Reflect.get(cells, key, receiver) as unknown;
      },
    });
    expect(check(poisonous).problems).toEqual([
      { code: 'program_fault', reason: 'this program failed on the row (TypeError)' },
    ]);
    expect(check([ANN]).problems).toEqual([]);
  });
});

describe('a chunk', () => {
  it('holds one row only where each is a megabyte', async () => {
    const rows = 26;
    const row = (i: number) => `user${i}@example.com,${'x'.repeat(1_000_000)}\n`;
    const text = Array.from({ length: rows }, (_, i) => row(i)).join('');
    const run = await PlannedRun.of(`email,first_name\n${text}`, {
      input: { onInvalid: 'import-valid', chunkSize: 1000 },
    });
    expect((await run.chunks()).map((chunk) => chunk.rows)).toEqual(Array(rows).fill(1));
  });

  it('ends before its rows are more than a mebibyte together', async () => {
    const name = 'n'.repeat(10_000);
    const rows = 300;
    const row = (i: number) => `user${i}@example.com,${name}\n`;
    const text = Array.from({ length: rows }, (_, i) => row(i)).join('');
    const run = await PlannedRun.of(`email,first_name\n${text}`, {
      input: { chunkSize: 1000, canaryRows: 150 },
    });
    const chunks = await run.chunks();
    for (const { bytes } of chunks) expect(bytes).toBeLessThanOrEqual(BOUNDS.chunkBytes + 1);
    expect(chunks.map((chunk) => chunk.rows)).toEqual([104, 46, 104, 46]);
    expect(run.findings).toMatchObject({ rows, invalid: 0, chunks: 4, canaryChunks: 2 });
    const read = await run.rowsByChunk();
    expect(read.flat().map(({ line }) => line)).toEqual(
      Array.from({ length: rows }, (_, i) => i + 2),
    );
  });
});

describe('a line of rejects.csv that is as long as a row may be', () => {
  it('is read again for the report', async () => {
    const row = `${ANN},${'x'.repeat(MIB - ANN.length - 1)}`;
    const run = await PlannedRun.of(`email,first_name\n${row}\n`);
    const rows = [];
    for await (const { line, codes } of readInvalidRows(run)) rows.push({ line, codes });
    expect(rows).toEqual([{ line: 2, codes: ['value_too_long'] }]);
    expect(await readFile(join(run.importRoot, 'users.csv'), 'utf8')).toContain(row);
  });

  it('is read again, too, where its bytes have become three times as many', async () => {
    const row = Buffer.concat([Buffer.from(`${ANN},`), Buffer.alloc(MIB - ANN.length - 1, 0x80)]);
    const run = await PlannedRun.of(Buffer.concat([Buffer.from('email,first_name\n'), row]), {
      input: { csv: { encoding: 'windows-1252' } },
    });
    const rows = [];
    for await (const { reject } of readInvalidRows(run)) rows.push(reject);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('€'.repeat(MIB - ANN.length - 1));
  });
});
