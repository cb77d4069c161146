import { createHash } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { writeReport, type ReportRequest } from '../../../src/report/write-report.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { withFormat } from '../../../src/store/format.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, journalKeyOf, NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { outcomesOf } from '../../support/outcome-files.js';
import { inputOf, pathOf, PlannedRun, RUN, temporaryFolder } from '../../support/planned-run.js';
import { filesIn, textOf } from '../../support/stored.js';
import { DiskStore } from '../../../src/store/disk-store.js';
import { FolderRoot } from '../../../src/store/folder-root.js';

const HEADER = 'email,first_name,role';

/** Two rows a chunk. Chunks 1 to 3 are imported, 4 began, 5 was never reached. */
const FILE = `${HEADER}
new@example.com,New,user
there@example.com,There,user
nobody,"No, body",user
refused@example.com,"Ref
used",user
bad role@example.com,Bad,owner
third@example.com,Third,user
fourth@example.com,Fourth,user
=cmd(),Formula,user
fifth@example.com,Fifth,user
new@example.com,Again,user
`;

/** A run that was stopped in the middle of importing FILE. */
async function stoppedRun(): Promise<PlannedRun> {
  const kratos = new KratosInMemory({
    refuses: ({ traits }) =>
      traits['email'] === 'refused@example.com'
        ? { status: 400, reason: 'not, "this" one' }
        : undefined,
  });
  kratos.store(identityOf({ email: 'there@example.com' }));
  const run = await PlannedRun.of(FILE, {
    kratos,
    input: { chunkSize: 2, onInvalid: 'import-valid' },
  });
  for (const chunk of [1, 2, 3]) await attempt(run, kratos, { chunk });
  // And has begun with this one.
  await ChunkJournal.open(run.folder.store, await journalKeyOf(run, 4));
  return run;
}

function request(keys: Partial<ReportRequest> = {}): ReportRequest {
  return {
    run: RUN,
    ending: 'cancelled',
    startedAt: '2026-11-02T09:00:00.000Z',
    settings: inputOf(),
    planned: true,
    // Of the last one nobody knows whether it has begun; its journal says that it has not.
    undecidedChunks: [4, 5],
    timeline: NO_TIMELINE,
    history: { rows: [], mails: [] },
    ...keys,
  };
}

const report = (run: PlannedRun, keys?: Partial<ReportRequest>) =>
  writeReport(run.folder, run.root, request(keys), { now: () => NOW });

describe('the report of a run that was stopped', () => {
  it('names the SHA-256 of the file that was read, on the page too', async () => {
    const run = await stoppedRun();
    const sha256 = createHash('sha256').update(FILE).digest('hex');
    expect((await report(run)).sha256).toBe(sha256);
    expect(await textOf(run.folder, run.folder.report)).toContain(sha256);
    expect(await textOf(run.folder, run.folder.page)).toContain(sha256);
  });

  it('has one line a row of the file in results.csv, in file order', async () => {
    const run = await stoppedRun();
    await report(run);
    const lines = (await textOf(run.folder, run.folder.results))
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/[0-9a-f]{8}-[-0-9a-f]{27}/, 'ID'));
    expect(lines).toEqual([
      'line,email,outcome,identity_id,code,invitation',
      '2,new@example.com,created,ID,,due',
      '3,there@example.com,skipped,ID,,none',
      '4,nobody,invalid,,invalid_email,none',
      '5,refused@example.com,failed,,schema_violation,none',
      '7,bad role@example.com,invalid,,invalid_email;invalid_role,none',
      '8,third@example.com,created,ID,,due',
      '9,fourth@example.com,undecided,,,none',
      "10,'=cmd(),invalid,,invalid_email,none",
      '11,fifth@example.com,unprocessed,,,none',
      '12,new@example.com,invalid,,duplicate_email,none',
    ]);
  });

  it('has the rows that are invalid or failed in rejects.csv, in file order, as they were', async () => {
    const run = await stoppedRun();
    await report(run);
    expect(await textOf(run.folder, run.folder.rejects)).toBe(
      `${HEADER},import_line,import_codes,import_reason
nobody,"No, body",user,4,invalid_email,the address is not an email address
refused@example.com,"Ref
used",user,5,schema_violation,"Kratos answered 400: not, ""this"" one"
bad role@example.com,Bad,owner,7,invalid_email;invalid_role,"the address is not an email address; the role must be one of admin, user, support"
=cmd(),Formula,user,10,invalid_email,the address is not an email address
new@example.com,Again,user,12,duplicate_email,line 2 has the same address
`,
    );
  });

  it('has counts, codes and lines in report.json, and no value of any row', async () => {
    const run = await stoppedRun();
    const written = await report(run);
    const text = await textOf(run.folder, run.folder.report);
    expect(JSON.parse(text)).toEqual(withFormat(written));
    expect(written).toMatchObject({
      ending: 'cancelled',
      finishedAt: NOW.toISOString(),
      rows: {
        total: 10,
        created: 2,
        skipped: 1,
        failed: 1,
        invalid: 4,
        undecided: 1,
        unprocessed: 1,
      },
      invitations: { due: 2 },
      errors: {
        invalid_email: { count: 3, lines: [4, 7, 10] },
        invalid_role: { count: 1, lines: [7] },
        schema_violation: { count: 1, lines: [5] },
        duplicate_email: { count: 1, lines: [12] },
      },
      wrongColumns: [{ column: 'role', meant: [], unlike: 1, isMore: false }],
      files: ['results.csv', 'rejects.csv', 'report.json', 'report.html'],
    });
    expect(text).not.toMatch(/example\.com|body|Ref|cmd/);
  });

  it('is the same, byte for byte, when it is written again', async () => {
    const run = await stoppedRun();
    const { results, rejects, report: summary, page } = run.folder;
    const bytes = () =>
      Promise.all([results, rejects, summary, page].map((key) => textOf(run.folder, key)));
    await report(run);
    const first = await bytes();
    await report(run);
    expect(await bytes()).toEqual(first);
  });

  it('leaves no half-written file, of its own or of attempts that died', async () => {
    const run = await stoppedRun();
    const { folder } = run;
    for (const key of [folder.results, folder.plan, `${folder.outcomesFolder}/4`]) {
      await writeFile(pathOf(folder, `${key}.0.tmp`), 'half');
    }
    await report(run);
    const own = pathOf(folder, folder.prefix);
    const onDisk = await readdir(own, { recursive: true, withFileTypes: true });
    const files = onDisk
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(own, join(parentPath, name)))
      // The last chunk's, which did not come to its end.
      .filter((file) => !file.includes('.journal/'));
    const nameOf = (chunk: number) => basename(outcomesOf(folder, chunk));
    expect(files.toSorted()).toEqual([
      ...[1, 3].map((chunk) => `audit/${nameOf(chunk)}`),
      ...[1, 2, 3].map((chunk) => `outcomes/${nameOf(chunk)}`),
      `plan/${run.plan.validation}/chunks`,
      `plan/${run.plan.validation}/invalid.csv`,
      'plan/plan.json',
      'rejects.csv',
      'report.html',
      'report.json',
      'results.csv',
    ]);
  });

  it('leaves nothing half written when it cannot be finished', async () => {
    const run = await stoppedRun();
    const { store, prefix } = run.folder;
    await store.replace(run.folder.ofPlan(run.plan.validation, 'invalid.csv'), '');
    await expect(report(run)).rejects.toThrow('lacks the row of line 4');
    expect((await readdir(pathOf(run.folder, prefix))).toSorted()).toEqual([
      'audit',
      'outcomes',
      'plan',
    ]);
  });

  it('has the timeline and the history of the import', async () => {
    const run = await stoppedRun();
    const at = '2026-11-02T09:05:00.000Z';
    const entry = { at, by: 'operator', text: 'Paused.' } as const;
    const history = { rows: [{ at, done: 6 }], mails: [] };
    const written = await report(run, { timeline: { entries: [entry], leftOut: 3 }, history });
    expect(written).toMatchObject({ timeline: [entry], timelineLeftOut: 3, history });
    const page = await textOf(run.folder, run.folder.page);
    expect(page).toContain('09:05:00');
    expect(page).not.toMatch(/example\.com|No, body|Formula|cmd\(/);
  });

  it('is written to report.json also when no page can be made of it', async () => {
    const run = await stoppedRun();
    await report(run);
    const broken = { rows: null } as unknown as ReportRequest['history'];
    const written = await report(run, { history: broken });
    expect(written.files).toEqual(['results.csv', 'rejects.csv', 'report.json']);
    expect(JSON.parse(await textOf(run.folder, run.folder.report))).toEqual(withFormat(written));
    expect(await filesIn(run.folder)).not.toContain('report.html');
  });

  it('is readable by its owner only', async () => {
    const run = await stoppedRun();
    await report(run);
    const own = pathOf(run.folder, run.folder.prefix);
    const below = (await readdir(own, { recursive: true })).map((name) => join(own, name));
    expect(below.length).toBeGreaterThan(15);
    for (const path of [own, ...below]) {
      const stats = await stat(path);
      expect(stats.mode & 0o777, path).toBe(stats.isFile() ? 0o600 : 0o700);
    }
  });
});

describe('the report of a run whose file is no longer what it was', () => {
  const changes: Record<string, (file: string) => Promise<void>> = {
    'is gone': (file) => rm(file),
    'has other rows': (file) => writeFile(file, 'email\nx@example.com\n'),
  };

  it.each(Object.entries(changes))('has every row when the file %s', async (_how, change) => {
    const run = await stoppedRun();
    // Chunk 3 was done by another worker, and chunk 2 is in doubt, with rejected rows before and after it.
    await rm(outcomesOf(run.folder, 2));
    await change(join(run.importRoot, 'users.csv'));
    const { rows } = await report(run, { ending: 'failed', undecidedChunks: [2, 4] });
    expect(rows).toMatchObject({
      total: 10,
      created: 2,
      skipped: 1,
      failed: 0,
      invalid: 4,
      undecided: 2,
      unprocessed: 1,
    });
    const rejects = await textOf(run.folder, run.folder.rejects);
    expect(rejects.match(/,(4|7|10|12),[a-z_;]+,/g)).toHaveLength(4);
    const results = await textOf(run.folder, run.folder.results);
    expect(results.trimEnd().split('\n')).toHaveLength(11);
  });
});

describe('the report of a run that imported nothing', () => {
  it('has the refused rows and no results.csv', async () => {
    const run = await PlannedRun.of(FILE, { input: { chunkSize: 2 } });
    const written = await report(run, { ending: 'validation-failed', undecidedChunks: [] });
    expect(written.files).toEqual(['rejects.csv', 'report.json', 'report.html']);
    expect(written.rows).toMatchObject({ total: 10, invalid: 4, unprocessed: 6, created: 0 });
    expect(written.errors['invalid_email']).toEqual({ count: 3, lines: [4, 7, 10] });
    expect((await textOf(run.folder, run.folder.rejects)).split('\n')).toHaveLength(6);
  });

  it('has no rejects.csv when every row is valid', async () => {
    const run = await PlannedRun.of('email\nann@example.com\n', { input: { dryRun: 'file' } });
    const written = await report(run, { ending: 'dry-run', undecidedChunks: [] });
    expect(written.files).toEqual(['report.json', 'report.html']);
    expect(await filesIn(run.folder)).not.toContain('rejects.csv');
  });

  it('has the error of the file when there is no plan', async () => {
    const folder = new RunLayout(new DiskStore(await temporaryFolder()), RUN);
    const fileError = { code: 'empty_file', message: 'empty_file: no rows.' } as const;
    const written = await writeReport(
      folder,
      new FolderRoot('/nowhere'),
      request({ ending: 'validation-failed', planned: false, fileError, undecidedChunks: [] }),
      { now: () => NOW },
    );
    expect(written).toMatchObject({
      fileError,
      rows: { total: 0 },
      files: ['report.json', 'report.html'],
    });
    expect(JSON.parse(await textOf(folder, folder.report))).toEqual(withFormat(written));
  });

  it('says on its page why the run failed', async () => {
    const folder = new RunLayout(new DiskStore(await temporaryFolder()), RUN);
    const failure = 'Kratos refused the token (401).';
    const written = await writeReport(
      folder,
      new FolderRoot('/nowhere'),
      request({ ending: 'failed', planned: false, failure, undecidedChunks: [] }),
      { now: () => NOW },
    );
    expect(written).toMatchObject({ failure });
    expect(await textOf(folder, folder.page)).toMatch(/Why it failed:.*Kratos refused the token/);
  });
});
