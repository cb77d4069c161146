/** Cells of any kind against the rules of any schema: each row is taken or refused with codes, and nothing is thrown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROW_CODES } from '../../../src/contract/codes.js';
import { FileError } from '../../../src/csv/file-error.js';
import { rejectHeader } from '../../../src/csv/reject-line.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, PlannedRun } from '../../support/planned-run.js';
import { readWhole, type WholeRow } from '../../support/read-whole.js';

const RUNS = process.env['LONG_FUZZ'] ? 1000 : 50;

const TRAITS = {
  user: USERNAME_TRAIT,
  name: { type: 'string', maxLength: 20, pattern: '^([A-Za-z]+[ -]?)*$' },
  age: { type: 'integer', minimum: 0 },
  rate: { type: ['number', 'null'] },
  on: { type: 'boolean' },
  tags: { type: 'array', uniqueItems: true, items: { type: ['string', 'array', 'object'] } },
  more: { type: 'object', patternProperties: { '(?i)^a': { type: 'string' } } },
  ...Object.fromEntries(
    ['date-time', 'date', 'time', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference']
      .concat('uri-template', 'regex', 'json-pointer', 'relative-json-pointer')
      .map((format) => [format.replaceAll('-', '_'), { type: 'string', format }]),
  ),
};
const NAMES = Object.keys(TRAITS);
const COLUMNS = {
  ...Object.fromEntries(NAMES.map((name) => [name, `traits.${name}`])),
  badge: 'metadata_public.badge',
  note: 'metadata_admin.hr.note',
  checked: 'email_verified',
  labels: 'metadata_public.labels[]',
};
const HEADER = `email,${NAMES.join(',')},badge,note,checked,labels,initial_password,password_hash,external_id,state`;
const WIDTH = HEADER.split(',').length;
const GIVEN = {
  kratos: new KratosInMemory({ schemas: [schemaOf(TRAITS)] }),
  input: { columns: COLUMNS, onInvalid: 'import-valid', chunkSize: 3, csv: { clear: '-/-' } },
};

/** What formats, numbers, JSON, hashes and addresses are made of, short and very long. */
const unit = fc.constantFrom(
  ...Array.from('a1.-_:/%[]{}"@ ,\t$=+\u00a0\u0085\u200bé漢😀\u202e\x1b\0~#\ufffd'),
  ...['..', '2026-01-01', 'T10:00:00Z', '://', '1e9', '$2b$10$', '$argon2id$', '{"a":', '[[', ']]'],
  ...['null', 'true', 'active', '@example.com', '\n', '\r\n', '%41', '0x', 'ff:', '1.'],
);
const short = fc.array(unit, { maxLength: 6 }).map((units) => units.join(''));
const long = fc
  .tuple(fc.array(unit, { minLength: 1, maxLength: 3 }), fc.constantFrom(100, 3000, 12_000), short)
  .map(([units, times, end]) => units.join('').repeat(times).slice(0, 40_000) + end);
const whole = fc.constantFrom(
  'NULL',
  '******',
  '7e2dd427372852d33ab6f917d5eb9aec',
  '-/-',
  '4.9E+11',
  '$P$BDUCKDUCKDUCKDUCKDUCKDUCKDUCK1',
);
const cell = fc.oneof(
  { arbitrary: short, weight: 30 },
  { arbitrary: long, weight: 1 },
  { arbitrary: whole, weight: 5 },
);
const row = fc.oneof(
  { arbitrary: fc.array(cell, { minLength: WIDTH, maxLength: WIDTH }), weight: 5 },
  { arbitrary: fc.array(cell, { minLength: 1, maxLength: WIDTH + 3 }), weight: 1 },
);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const file = fc
  .array(row, { minLength: 1, maxLength: 8 })
  .map((rows) => rows.map((cells) => `${cells.map(quoted).join(',')}\n`).join(''));

describe('rows of any kind', () => {
  it('are taken or refused, each for itself, and rejects.csv holds them as they were', async () => {
    const found = new Set<string>();
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        const whole = readWhole(Buffer.from(`${HEADER}\n${text}`)) as WholeRow[];
        const rows = whole.slice(1);
        // A file of nothing is refused as a whole.
        fc.pre(rows.length > 0);
        const run = await PlannedRun.of(`${HEADER}\n${text}`, GIVEN);
        const rejected = await run.rejected();
        expect(run.findings).toMatchObject({ rows: rows.length, invalid: rejected.length });
        for (const { codes } of rejected) for (const code of codes) found.add(code);
        const read = (await run.rowsByChunk()).flat();
        expect(read.map(({ line, cells }) => ({ line, cells }))).toEqual(rows);

        // The chunk that imports a row finds the same of it.
        const check = createRowCheck(run.plan);
        const lines = new Set(rejected.map(({ line }) => line));
        for (const { line, cells } of read) {
          const { problems } = check(cells);
          if (problems.length > 0) expect(lines).toContain(line);
        }

        const again = await readRejects(run);
        for (const [i, { cells }] of again.entries()) {
          const original = rows.find(({ line }) => line === rejected[i]!.line)!;
          expect(cells.slice(0, original.cells.length)).toEqual(original.cells);
        }
      }),
      { numRuns: RUNS },
    );
    expect(found).not.toContain('program_fault');
    const possible = ROW_CODES.filter(
      (code) =>
        !/role|tenant|action|fault|duplicate|no_identifier|credential|provider|verified/.test(code),
    );
    expect([...found]).toEqual(expect.arrayContaining(possible));
  });
});

/** The rows of rejects.csv, read as a file again. */
async function readRejects(run: PlannedRun): Promise<WholeRow[]> {
  const { plan } = run;
  const header = rejectHeader(plan.header, plan);
  const text = (await run.refused()).toString();
  const rows = readWhole(Buffer.from(`${header}\n${text}`)) as WholeRow[];
  if (text === '') return [];
  const again = await PlannedRun.of(`${header}\n${text}`, GIVEN);
  expect(again.findings.rows).toBe(rows.length - 1);
  return rows.slice(1);
}

describe('an input of any kind', () => {
  it('is taken or refused in words', () => {
    fc.assert(
      fc.property(fc.record({ file: fc.anything(), columns: fc.anything() }), (keys) => {
        try {
          inputOf(keys);
        } catch (error) {
          expect(error).not.toBeInstanceOf(FileError);
          expect((error as Error).message).toMatch(/^The import's input is not valid\. /);
        }
      }),
    );
  });
});
