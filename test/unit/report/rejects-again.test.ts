import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { writeReport } from '../../../src/report/write-report.js';
import { FIXTURES, inputOf, PlannedRun, RUN } from '../../support/planned-run.js';
import { textOf } from '../../support/stored.js';

const HEADER = '"email",first_name,role,initial_password';
const MORE = 'import_line,import_codes,import_reason';

/** rejects.csv of a run that validated this file and imported nothing. */
async function rejectsOf(text: string): Promise<string> {
  const run = await PlannedRun.of(text);
  const request = {
    run: RUN,
    ending: 'validation-failed' as const,
    startedAt: '2026-11-02T09:00:00.000Z',
    settings: inputOf(),
    planned: true,
    undecidedChunks: [],
    timeline: NO_TIMELINE,
    history: { rows: [], mails: [] },
  };
  await writeReport(run.folder, run.root, request, { now: () => new Date(0) });
  return textOf(run.folder, run.folder.rejects);
}

const FILE = `\ufeff${HEADER}\r
ann@example.com,Ann,user,long enough\r
nobody,"Quoted ""N""",user,\r
"ben@example.com","Ben\r
Lee",owner,"line
break"\r
short,Short\r
long@example.com,Long,user,,more,"and, more"\r
`;

/** The invalid rows, as they are in the file. */
const REJECTED = [
  'nobody,"Quoted ""N""",user,',
  '"ben@example.com","Ben\r\nLee",owner,"line\nbreak"',
  'short,Short,(missing cell),(missing cell)',
  'long@example.com,Long,user,,more,"and, more"',
];

const TO_DO = 'correct the row, or empty these cells if it lacks nothing';
const SHORT = `the row has 2 cells, the header 4; in rejects.csv (missing cell) stands for the others: ${TO_DO}`;
const STILL_SHORT = `the row was too short, and (missing cell) still stands for what it lacked: ${TO_DO}`;

describe('rejects.csv of a run', () => {
  it('keeps header and rows byte for byte, with the byte order mark that spreadsheets need', async () => {
    expect(await rejectsOf(FILE)).toBe(
      `\ufeff${HEADER},${MORE}
${REJECTED[0]},3,invalid_email,the address is not an email address
${REJECTED[1]},4,invalid_role,"the role must be one of admin, user, support"
${REJECTED[2]},7,wrong_column_count;invalid_email,"${SHORT}; the address is not an email address"
${REJECTED[3]},8,wrong_column_count,"the row has 6 cells, the header 4"
`,
    );
  });

  it('read again as a file has the same columns once and the same rows, with new lines and reasons', async () => {
    const again = await rejectsOf(await rejectsOf(FILE));
    expect(again.split('\n')[0]).toBe(`\ufeff${HEADER},${MORE}`);
    expect(again).toBe(
      `\ufeff${HEADER},${MORE}
${REJECTED[0]},2,invalid_email,the address is not an email address
${REJECTED[1]},3,invalid_role,"the role must be one of admin, user, support"
${REJECTED[2]},6,wrong_column_count;invalid_email,"${STILL_SHORT}; the address is not an email address"
${REJECTED[3]},7,wrong_column_count,"the row has 6 cells, the header 4"
`,
    );
    expect(await rejectsOf(again)).toBe(again);
  });

  it('has a byte order mark where it holds more than ASCII, or a spreadsheet would garble it', async () => {
    const name = '14-rejects-roundtrip/no-bom.csv';
    const given = await readFile(new URL(`cases/${name}`, FIXTURES), 'utf8');
    const rejects = await rejectsOf(given);
    expect(rejects.startsWith(`\ufeffemail,first_name,last_name,role,${MORE}\n`)).toBe(true);
    expect(rejects).toContain('Zoë,Müller');
    expect(await rejectsOf('email\nann\n')).toMatch(/^email,/);
  });

  it('that is fixed by hand is a valid file', async () => {
    const fixed = (await rejectsOf(FILE))
      .replace('\ufeff', '')
      .replace('nobody', 'nobody@example.com')
      .replace('owner', 'admin')
      .replace('line\nbreak', 'no line break')
      .replace('short,', 'short@example.com,')
      .replaceAll('(missing cell)', '')
      .replace(',more,"and, more"', '');
    const { findings } = await PlannedRun.of(fixed);
    expect(findings).toMatchObject({ rows: 4, invalid: 0, codes: {} });
    expect(findings.warnings.map(({ code }) => code)).toEqual(['line_break']);
  });

  it('loses nothing of a row that was added by hand without the three columns', async () => {
    const rejects = await rejectsOf(FILE);
    const again = await rejectsOf(`${rejects}eve@example.com,12345,user,password\n`);
    expect(again).toContain('\neve@example.com,12345,user,password,8,wrong_column_count,');
  });
});
