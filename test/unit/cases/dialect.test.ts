/** Small files of kinds that went wrong for others: how they are written. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CsvFacts } from '../../../src/contract/dialect.js';
import { rejectHeader } from '../../../src/csv/reject-line.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { fileProblem } from '../../support/fixtures.js';
import { schemaOf } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { FIXTURES, PlannedRun, type Given } from '../../support/planned-run.js';

const content = (name: string) => readFileSync(new URL(`cases/${name}`, FIXTURES));

const person = schemaOf({
  first_name: { type: 'string' },
  last_name: { type: 'string' },
  role: { type: 'string' },
  tenant_id: { type: 'string' },
});

function planned(name: string, input: Given['input'] = {}): Promise<PlannedRun> {
  const kratos = new KratosInMemory({ schemas: [person] });
  return PlannedRun.of(content(name), {
    kratos,
    tenants: ['t1', 't2'],
    input: { onInvalid: 'import-valid', ...input },
  });
}

/** Each user as the chunks import it: the line, then the values of the traits in the order of the columns. */
async function users(run: PlannedRun): Promise<(string | number)[][]> {
  const check = createRowCheck(run.plan);
  return (await run.rowsByChunk()).flat().map(({ line, cells }) => {
    const { importRow } = check(cells);
    return [line, ...Object.values(importRow.traits)] as (string | number)[];
  });
}

const warnings = ({ findings }: PlannedRun) => findings.warnings.map(({ message }) => message);
const warned = (run: PlannedRun) => run.findings.warnings.map(({ code }) => code);

describe('an export whose strings all begin with an apostrophe', () => {
  const columns = {
    user_id: 'metadata_admin.id',
    given_name: 'traits.first_name',
    family_name: 'traits.last_name',
  };
  const name = '01-auth0-export/input.csv';

  it('is stopped with the way out', async () => {
    const { code, message } = await fileProblem(planned(name, { columns }));
    expect(code).toBe('leading_apostrophes');
    expect(message).toContain('"csv": {"leadingApostrophes":"remove"}');
    expect(message).not.toMatch(/ada|Byron/);
  });

  it('is read without them when that is told', async () => {
    const run = await planned(name, { columns, csv: { leadingApostrophes: 'remove' } });
    expect(run.findings).toMatchObject({ rows: 3, invalid: 0, csv: { apostrophesRemoved: true } });
    expect(await users(run)).toEqual([
      [2, 'ada.auth0@example.org', 'Ada', 'Byron'],
      [3, 'ben.auth0@example.org', 'Ben "Bo"', "O'Hara"],
      [4, 'cia.auth0@example.org', 'Cía', 'de la Cruz'],
    ]);
  });

  it('is taken as it is when that is told, with a warning', async () => {
    const run = await planned(name, { columns, csv: { leadingApostrophes: 'keep' } });
    expect((await users(run))[0]![1]).toBe("'ada.auth0@example.org");
    expect(warned(run)).toContain('leading_apostrophe');
  });
});

describe('the separator', () => {
  it.each<[string, Partial<CsvFacts>, unknown[][]]>([
    [
      '02-semicolons/input.csv',
      { separator: 'semicolon', byteOrderMark: true },
      [
        [2, 'anke.semi@example.org', 'Anke', 'Müller', 'user', 't1'],
        [3, 'bert.semi@example.org', 'Bert', 'Schmidt; Dr.', 'admin', 't2'],
      ],
    ],
    [
      '02-semicolons/pipes.csv',
      { separator: 'pipe' },
      [[2, 'anke.pipe@example.org', 'Anke', 'Müller', 'user', 't1']],
    ],
    [
      '02-semicolons/tabs.csv',
      { separator: 'tab' },
      [[2, 'anke.tab@example.org', 'Anke', 'Müller', 'user', 't1']],
    ],
    [
      '03-line-before-header/sep-semicolon.csv',
      { separator: 'semicolon', separatorFrom: 'sep-line', headerLine: 2 },
      [[3, 'cora.sep@example.org', 'Cora']],
    ],
    [
      '03-line-before-header/sep-comma.csv',
      { separator: 'comma', separatorFrom: 'sep-line', headerLine: 2 },
      [[3, 'cora.sepc@example.org', 'Cora']],
    ],
  ])('of %s is found, and said', async (name, csv, expected) => {
    const run = await planned(name);
    expect(run.findings).toMatchObject({ invalid: 0, csv });
    expect(await users(run)).toEqual(expected);
  });
});

describe('lines before the header', () => {
  it('are read over where PowerShell has written them', async () => {
    const run = await planned('03-line-before-header/powershell-type.csv');
    expect(run.findings).toMatchObject({ invalid: 0, csv: { headerLine: 2 } });
    expect(await users(run)).toEqual([[3, 'dora.ps@example.org', 'Dora', 'Fox']]);
  });

  const entra = {
    'Name [displayName] Required': 'traits.first_name',
    'User name [userPrincipalName] Required': 'traits.email',
    'Initial password [passwordProfile] Required': 'password',
    'Block sign in (Yes/No) [accountEnabled] Required': 'ignore',
  };

  it.each([{}, { csv: { linesBeforeHeader: 1 } }])(
    'are read over where Entra has written them, told or not: %j',
    async (input) => {
      const name = '03-line-before-header/entra-version.csv';
      const run = await planned(name, { columns: entra, ...input });
      expect(run.findings).toMatchObject({ invalid: 0, csv: { headerLine: 2 } });
      expect(await users(run)).toEqual([[3, 'Emil Ash', 'emil.entra@example.org']]);
    },
  );

  it('are refused with the way out, and read over when told', async () => {
    const text = 'People of 2024,\nemail,first_name\nemil@example.org,Emil\n';
    const problem = await fileProblem(PlannedRun.of(text));
    expect(problem).toMatchObject({ code: 'missing_header', line: 1 });
    expect(problem.message).toContain('"csv": {"linesBeforeHeader":1}');
    const run = await PlannedRun.of(text, { input: { csv: { linesBeforeHeader: 1 } } });
    expect(run.findings).toMatchObject({ invalid: 0, csv: { headerLine: 2 } });
  });

  it('are no header only because a name in it has an @', async () => {
    const odata = await planned('03-line-before-header/odata-header.csv', {
      columns: {
        mail: 'traits.email',
        givenName: 'traits.first_name',
        surname: 'traits.last_name',
      },
    });
    expect(await users(odata)).toEqual([[2, 'fay.odata@example.org', 'Fay', 'Elm']]);
    const hint = await planned('03-line-before-header/hint-in-header.csv', {
      columns: {
        'Email (e.g. jane@example.org)': 'traits.email',
        'First name': 'traits.first_name',
      },
    });
    expect(await users(hint)).toEqual([[2, 'gil.hint@example.org', 'Gil']]);
  });

  it('are none in a file without a header, whose names are told', async () => {
    const rows = '"o1","ann@example.org","Ann"\n"o2","ben@example.org","Ben"\n';
    expect(await fileProblem(PlannedRun.of(rows))).toMatchObject({
      code: 'missing_header',
      message: expect.stringContaining('"csv": {"headerNames":["email","first_name"]}') as string,
    });
    const kratos = new KratosInMemory({ schemas: [person] });
    const csv = { headerNames: ['id', 'email', 'first_name'] };
    const run = await PlannedRun.of(rows, { kratos, input: { csv, chunkSize: 1 } });
    expect(run.findings.csv.headerLine).toBe(0);
    expect(await users(run)).toEqual([
      [1, 'ann@example.org', 'Ann'],
      [2, 'ben@example.org', 'Ben'],
    ]);
  });

  it('take a mapped column that is named by an address for a name', async () => {
    const run = await PlannedRun.of('owner@example.org,name\nann@example.org,Ann\n', {
      kratos: new KratosInMemory({ schemas: [person] }),
      input: { columns: { 'owner@example.org': 'traits.email', name: 'traits.first_name' } },
    });
    expect(await users(run)).toEqual([[2, 'ann@example.org', 'Ann']]);
  });
});

describe('the encoding', () => {
  it('is UTF-16 where a byte order mark says so', async () => {
    const run = await planned('04-encodings/utf16le-tabs.csv');
    expect(run.findings).toMatchObject({
      invalid: 0,
      csv: { encoding: 'utf-16le', separator: 'tab', byteOrderMark: true },
    });
    expect(await users(run)).toEqual([[2, 'hal.u16@example.org', 'Hål']]);
  });

  it('of UTF-16 without a mark is named, and taken when told', async () => {
    const name = '04-encodings/utf16le-no-bom.csv';
    const problem = await fileProblem(planned(name));
    expect(problem.code).toBe('invalid_encoding');
    expect(problem.message).toContain('"csv": {"encoding":"utf-16le"}');
    const run = await planned(name, { csv: { encoding: 'utf-16le' } });
    expect(await users(run)).toEqual([[2, 'hal.u16n@example.org', 'Hal']]);
  });

  it('of Latin-1 is named with line and byte, and taken when told', async () => {
    const name = '04-encodings/latin1.csv';
    const problem = await fileProblem(planned(name));
    expect(problem).toMatchObject({ code: 'invalid_encoding', line: 2, byte: 38 });
    expect(problem.message).toContain('"csv": {"encoding":"windows-1252"}');
    for (const encoding of ['windows-1252', 'latin-1']) {
      const run = await planned(name, { csv: { encoding } });
      expect(await users(run)).toEqual([[2, 'ida.l1@example.org', 'Zoë']]);
    }
  });

  it('that went wrong before is warned of, with lines', async () => {
    expect(warnings(await planned('04-encodings/mojibake.csv'))).toEqual([
      'mojibake: column "first_name": characters such as Ã©, which UTF-8 becomes when it is read as another encoding; export the file anew: 2 rows (lines 2, 3)',
      'mojibake: column "last_name": characters such as Ã©, which UTF-8 becomes when it is read as another encoding; export the file anew: 2 rows (lines 2, 3)',
      'invisible_character: column "last_name": characters that nobody can see or type, which are kept: 1 row (line 3)',
    ]);
    expect(warnings(await planned('04-encodings/replacement.csv'))).toEqual([
      'replacement_character: column "first_name": U+FFFD, which stands for a character that was lost when the file was made: 1 row (line 2)',
      'replacement_character: column "last_name": U+FFFD, which stands for a character that was lost when the file was made: 1 row (line 2)',
    ]);
    const told = await PlannedRun.of('email,first_name\nann@example.org,Zoë\n', {
      kratos: new KratosInMemory({ schemas: [person] }),
      input: { csv: { encoding: 'windows-1252' } },
    });
    expect(warned(told)).toContain('mojibake');
  });

  it('leaves nothing of a byte order mark before a quoted name', async () => {
    const run = await planned('04-encodings/bom-quoted-header.csv');
    expect(await users(run)).toEqual([[2, 'jon.bom@example.org', 'Jón']]);
  });

  it('leaves nothing of a byte order mark before an address, as of a file put below another', async () => {
    const run = await planned('04-encodings/bom-in-middle.csv');
    expect(await users(run)).toEqual([
      [2, 'kai.bom@example.org', 'Kai'],
      [3, 'lea.bom@example.org', 'Lea'],
    ]);
  });

  it('that is told against the byte order mark is refused', async () => {
    const utf8 = Buffer.from('\ufeffemail\nann@example.org\n');
    const problem = await fileProblem(
      PlannedRun.of(utf8, { input: { csv: { encoding: 'latin-1' } } }),
    );
    expect(problem.message).toMatch(/byte order mark of utf-8, and the input's csv.encoding/);
  });

  it('of a workbook is none, and says so', async () => {
    const workbook = Buffer.from('PK\x03\x04\x14\0\x06\0', 'latin1');
    expect((await fileProblem(PlannedRun.of(workbook))).message).toContain('Excel workbook');
  });
});

describe('rows without any value', () => {
  it('are left out, and counted', async () => {
    const run = await planned('06-blank-rows/input.csv', { onInvalid: 'stop', chunkSize: 1 });
    expect(run.findings).toMatchObject({ rows: 2, invalid: 0 });
    expect((await users(run)).map(([line]) => line)).toEqual([2, 4]);
    expect(warnings(run)).toContain(
      'blank_rows: rows without any value are left out: 4 rows (lines 3, 5, 6, 7)',
    );
    const many = await planned('06-blank-rows/many.csv', { onInvalid: 'stop' });
    expect(many.findings).toMatchObject({ rows: 20, invalid: 0 });
    const blanks = await planned('06-blank-rows/whitespace-line.csv', { onInvalid: 'stop' });
    expect(blanks.findings).toMatchObject({ rows: 1, invalid: 0 });
  });

  it('make no chunk long, however many they are', async () => {
    const blank = ',,,\n'.repeat(200_000);
    const run = await PlannedRun.of(
      `email,first_name,last_name,role\nann@example.org,,,\n${blank}ben@example.org,,,\n${blank}`,
      { kratos: new KratosInMemory({ schemas: [person] }) },
    );
    expect(run.findings).toMatchObject({ rows: 2, chunks: 2 });
    for (const { bytes } of await run.chunks()) expect(bytes).toBeLessThan(200_000);
    expect((await users(run)).map(([line]) => line)).toEqual([2, 200_003]);
  });
});

describe('the width of rows', () => {
  it('that lack cells at their end is refused, or taken when told', async () => {
    const name = '07-row-width/short.csv';
    const refused = await planned(name);
    expect((await refused.rejected()).map(({ line, codes }) => [line, codes])).toEqual([
      [3, ['wrong_column_count']],
      [4, ['wrong_column_count']],
    ]);
    const run = await planned(name, { onInvalid: 'stop', csv: { shortRows: 'as-empty' } });
    expect(run.findings).toMatchObject({ rows: 3, invalid: 0 });
    expect(await users(run)).toEqual([
      [2, 'abe.short@example.org', 'Abe', 'Oak', 'user', 't1'],
      [3, 'bea.short@example.org', 'Bea', 'Ash', 'user'],
      [4, 'cal.short@example.org', 'Cal'],
    ]);
    expect(warned(run)).toEqual(['short_row', 'short_row']);
  });

  it('that lack the address is refused all the same', async () => {
    const run = await PlannedRun.of('first_name,email\nAnn\nBen,ben@example.org\n', {
      kratos: new KratosInMemory({ schemas: [person] }),
      input: { onInvalid: 'import-valid', csv: { shortRows: 'as-empty' } },
    });
    expect((await run.rejected()).map(({ codes }) => codes)).toEqual([['missing_email']]);
  });

  it('with empty cells beyond the header is refused, or taken when told', async () => {
    const name = '07-row-width/trailing.csv';
    expect((await planned(name)).findings.invalid).toBe(2);
    const run = await planned(name, { csv: { shortRows: 'as-empty' } });
    expect(run.findings.invalid).toBe(0);
    expect(warned(run)).toEqual(['extra_cells']);
  });

  it('may lack the columns at the end of the header that have no name', async () => {
    for (const name of ['trailing-header.csv', 'trailing-header-only.csv']) {
      const run = await planned(`07-row-width/${name}`);
      expect(run.findings, name).toMatchObject({ rows: 2, invalid: 0 });
    }
    const shifted = [
      'ann@example.org,Oak, Jr.',
      'ben@example.org,Oak, Jr.,',
      'cy@example.org,Oak,,x',
    ];
    const run = await PlannedRun.of(`email,first_name,,\n${shifted.join('\n')}\n`, {
      kratos: new KratosInMemory({ schemas: [person] }),
    });
    const refused = await run.rejected();
    expect(refused.map(({ codes }) => codes)).toEqual(shifted.map(() => ['wrong_column_count']));
    expect(refused[2]!.reason).toMatch(/^column 4, which has no name in the header, holds a value/);
  });
});

/** rejects.csv of a run that imported nothing, without its byte order mark. */
async function rejectsOf(run: PlannedRun): Promise<string> {
  const { plan } = run;
  return `${rejectHeader(plan.header, plan)}\n${(await run.refused()).toString()}`;
}

describe('a row that was filled up for rejects.csv', () => {
  const again = (text: string, csv = {}) =>
    PlannedRun.of(text, {
      kratos: new KratosInMemory({ schemas: [person] }),
      tenants: ['t1'],
      input: { onInvalid: 'import-valid', csv },
    });
  const lines = async (run: PlannedRun) => (await run.rejected()).map(({ line }) => line);

  it('stays refused in each retry until it is touched', async () => {
    let rejects = await rejectsOf(await planned('07-row-width/short.csv'));
    for (let i = 0; i < 3; i++) {
      const run = await again(rejects);
      expect(await lines(run)).toEqual([2, 3]);
      rejects = await rejectsOf(run);
    }
    const filled = rejects.replace('Cal,(missing cell)', 'Cal,Oak');
    expect(await lines(await again(filled))).toEqual([2, 3]);
    const emptied = rejects.replaceAll(/(?<=cal\.short.*)\(missing cell\)/g, '');
    expect(await lines(await again(emptied))).toEqual([2]);
  });

  it('stays refused without its columns, in other letters, quotes and separators, and under other columns', async () => {
    const file = 'email,first_name,badge,role\nann@example.org,true,+4915112345678\n';
    const rejects = await rejectsOf(await again(file));
    const [header, row] = rejects.trimEnd().split('\n');
    const own = (line: string) => line.split(',').slice(0, 4);
    const isRefused = async (lines: string[][], separator = ',') => {
      const run = await again(lines.map((cells) => `${cells.join(separator)}\r\n`).join(''));
      expect((await run.rejected())[0]!.codes).toContain('wrong_column_count');
    };
    await isRefused([own(header!), own(row!)]);
    const saved = row!.replace('true', '"WAHR"').replace('+4915112345678', '4.91511E+12');
    await isRefused([own(header!), own(saved)], ';');
    await isRefused([own(header!).toReversed(), own(row!).toReversed()]);
  });

  it('is taken when missing cells are told to be empty', async () => {
    const rejects = await rejectsOf(await planned('07-row-width/short.csv'));
    expect(await lines(await again(rejects, { shortRows: 'as-empty' }))).toEqual([]);
  });
});

describe('a row that was too long', () => {
  it('stays refused where a spreadsheet has given header and rows the same width', async () => {
    const file = 'email,first_name,last_name\nann@example.org,Ann,Oak, Jr.\n';
    const planAgain = (text: string) =>
      PlannedRun.of(text, {
        kratos: new KratosInMemory({ schemas: [person] }),
        input: { onInvalid: 'import-valid' },
      });
    let rejects = await rejectsOf(await planAgain(file));
    for (let i = 0; i < 3; i++) {
      const lines = rejects.trimEnd().split('\n');
      const cells = lines.map((line) => line.split(','));
      const width = Math.max(...cells.map(({ length }) => length));
      const widened = cells.map((row) => [...row, ...Array<string>(width - row.length).fill('')]);
      const run = await planAgain(widened.map((row) => `${row.join(',')}\n`).join(''));
      expect((await run.rejected()).map(({ codes }) => codes)).toEqual([['wrong_column_count']]);
      rejects = await rejectsOf(run);
      expect(rejects).toContain('\nann@example.org,Ann,Oak, Jr.,');
    }
  });

  it('or far too short stays refused in the same way', async () => {
    const names = Array.from({ length: 120 }, (_, i) => `c${i}`).join(',');
    const kratos = new KratosInMemory({ schemas: [person] });
    for (const csv of [{}, { shortRows: 'as-empty' }]) {
      const text = `email,${names},import_line,import_codes,import_reason\nann@example.org,x,2,invalid_role,r${','.repeat(119)}\n`;
      const run = await PlannedRun.of(text, { kratos, input: { csv } });
      expect((await run.rejected())[0]!.codes).toContain('wrong_column_count');
    }
  });
});

describe('rejects.csv', () => {
  it('is read again, also when a spreadsheet saved it with semicolons', async () => {
    for (const name of ['rejects-commas.csv', 'rejects-semicolons.csv']) {
      const run = await planned(`14-rejects-roundtrip/${name}`);
      expect(run.findings, name).toMatchObject({ rows: 2, invalid: 0 });
      expect(await users(run)).toEqual([
        [2, 'ora.rej@example.org', 'José', 'García', 'user'],
        [3, 'pax.rej@example.org', 'Åsa', 'Ødegård', 'user'],
      ]);
    }
    expect(warned(await planned('14-rejects-roundtrip/no-bom-through-excel.csv'))).toContain(
      'mojibake',
    );
  });

  it.each(['02-semicolons/input.csv', '02-semicolons/tabs.csv', '04-encodings/utf16le-tabs.csv'])(
    'of %s has its separator, and is a valid input again',
    async (name) => {
      const run = await planned(name, { roles: ['support'], columns: { email: 'traits.email' } });
      const first = run.findings.invalid > 0 ? run : await refusedAll(name);
      const again = await PlannedRun.of(await rejectsOf(first), {
        kratos: new KratosInMemory({ schemas: [person] }),
        tenants: ['t1', 't2'],
      });
      expect(again.findings).toMatchObject({ invalid: 0, rows: first.findings.invalid });
      expect(again.findings.csv.separator).toBe(first.findings.csv.separator);
      const values = (all: unknown[][]) => all.map(([, ...more]) => more);
      expect(values(await users(again))).toEqual(values(await users(first)));
    },
  );
});

/** All rows refused: their address is one that another row has. */
async function refusedAll(name: string): Promise<PlannedRun> {
  const first = await planned(name);
  const schema = schemaOf({ first_name: { type: 'string', maxLength: 1 } });
  const run = await PlannedRun.of(content(name), {
    kratos: new KratosInMemory({ schemas: [schema] }),
    input: { onInvalid: 'import-valid' },
  });
  expect(run.findings.invalid).toBe(first.findings.rows);
  return run;
}

it('all cases of these kinds are tested here', () => {
  const source = readFileSync(new URL(import.meta.url), 'utf8');
  const folders = ['01', '02', '03', '04', '06', '07', '14'];
  const kinds = readdirSync(new URL('cases/', FIXTURES)).filter((kind) =>
    folders.includes(kind.slice(0, 2)),
  );
  for (const kind of kinds) {
    for (const file of readdirSync(new URL(`cases/${kind}/`, FIXTURES))) {
      if (file === 'input.csv' || file === 'no-bom.csv') continue;
      expect(source, `${kind}/${file}`).toContain(file);
    }
  }
});
