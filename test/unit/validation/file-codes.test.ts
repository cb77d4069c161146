import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILE_CODES, type FileCode } from '../../../src/contract/codes.js';
import { readChunkRows } from '../../../src/store/read-chunk-rows.js';
import { openFile, openSource } from '../../../src/store/source.js';
import { preflight } from '../../../src/validation/preflight.js';
import { fileProblem, fixture, planFixture } from '../../support/fixtures.js';
import { schemaOf } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, PlannedRun, temporaryFolder, type Given } from '../../support/planned-run.js';
import { FolderRoot } from '../../../src/store/folder-root.js';

interface Case {
  fixture: string;
  given?: Given;
  code: FileCode;
  line?: number;
  byte?: number;
  /** The part of the message beyond the code. */
  says: RegExp;
}

const emailOnly = new KratosInMemory({ schemas: [schemaOf({ first_name: { type: 'string' } })] });

const CASES: Case[] = [
  { fixture: 'missing-header-blank-line', code: 'missing_header', line: 1, says: /is blank/ },
  { fixture: 'missing-header-address', code: 'missing_header', line: 1, says: /holds an address/ },
  { fixture: 'missing-header-no-names', code: 'missing_header', line: 1, says: /names no column/ },
  {
    fixture: 'missing-header-carriage-returns',
    code: 'missing_header',
    line: 1,
    says: /bare carriage returns/,
  },
  {
    fixture: 'withheld-password-hashes',
    given: {
      projectParameters: {
        firebase: { signer_key: 'YWJj', salt_separator: 'Bw==', rounds: '8', mem_cost: '14' },
      },
      input: {
        columns: { passwordHash: 'password_hash.firebase', salt: 'password_hash.firebase.salt' },
      },
    },
    code: 'withheld_password_hashes',
    line: 3,
    says: /the word REDACTED/,
  },
  {
    fixture: 'unclear-separator',
    code: 'unclear_separator',
    line: 1,
    says: /comma: column 1, "role"; semicolon: "email", column 2\. .*"separator":"comma"/,
  },
  {
    fixture: 'missing-email-column',
    code: 'missing_email_column',
    line: 1,
    says: /If "mail" is it/,
  },
  { fixture: 'duplicate-column', code: 'duplicate_column', line: 1, says: /"first_name"/ },
  {
    fixture: 'unmapped-trait',
    given: { kratos: emailOnly },
    code: 'unmapped_trait',
    line: 1,
    says: /"role" \(traits\.role\), "tenant_id" \(traits\.tenant_id\).*"columns": \{"role":"metadata_public\.role","tenant_id":"metadata_public\.tenant_id"\}/,
  },
  {
    fixture: 'unsupported-target',
    given: {
      kratos: new KratosInMemory({ lacks: ['totp'] }),
      input: { columns: { otp: 'totp_url' } },
    },
    code: 'unsupported_target',
    line: 1,
    says: /no totp_url on import \(it came after v26\.2\.0\), where the column "otp" goes.*"columns": \{"otp":"ignore"\}/,
  },
  {
    fixture: 'invalid-encoding-latin-1',
    code: 'invalid_encoding',
    line: 3,
    byte: fixture('invalid-encoding-latin-1').indexOf(0xfc),
    says: /on line 3, .*"csv": \{"encoding":"windows-1252"\}.*CSV UTF-8/,
  },
  {
    fixture: 'invalid-encoding-utf-16',
    code: 'invalid_encoding',
    line: 1,
    byte: 0,
    says: /UTF-16 without a byte order mark.*"encoding":"utf-16le".*CSV UTF-8/,
  },
  {
    fixture: 'invalid-encoding-cut-off',
    code: 'invalid_encoding',
    line: 3,
    byte: fixture('invalid-encoding-cut-off').length - 2,
    says: /not UTF-8\. Save the file as "CSV UTF-8"/,
  },
  { fixture: 'malformed-quotes-stray', code: 'malformed_quotes', line: 3, says: /double quote/ },
  {
    fixture: 'malformed-quotes-after-quoted',
    code: 'malformed_quotes',
    line: 5,
    says: /double quote/,
  },
  { fixture: 'malformed-quotes-unclosed', code: 'malformed_quotes', line: 3, says: /unclosed/ },
  { fixture: 'invalid-gzip', code: 'invalid_gzip', says: /cut off or damaged/ },
  {
    fixture: 'leading-apostrophes',
    code: 'leading_apostrophes',
    says: /"csv": \{"leadingApostrophes":"remove"\}/,
  },
  { fixture: 'empty-file', code: 'empty_file', says: /holds no rows/ },
  { fixture: 'empty-file-blank-lines', code: 'empty_file', says: /holds no rows/ },
  { fixture: 'empty-file-header-only', code: 'empty_file', says: /no rows below/ },
];

describe('a file that cannot be imported as a whole', () => {
  it.each(CASES)('$fixture is $code', async ({ fixture: name, given, code, line, byte, says }) => {
    const problem = await fileProblem(planFixture(name, given));
    expect({ code: problem.code, line: problem.line, byte: problem.byte }).toEqual({
      code,
      line,
      byte,
    });
    expect(problem.message).toMatch(says);
    expect(problem.message.startsWith(`${code}: `)).toBe(true);
  });

  it('has a test for every file code, here or below', () => {
    const below: FileCode[] = [
      'too_many_columns',
      'file_not_found',
      'file_outside_root',
      'file_changed',
    ];
    expect(new Set([...CASES.map(({ code }) => code), ...below])).toEqual(new Set(FILE_CODES));
  });
});

describe('a header', () => {
  const planned = (most: number) =>
    PlannedRun.of(`email${',a'.repeat(most - 1)}\nann@example.com\n`);
  const columns = (most: number) => fileProblem(planned(most));

  it.each([1001, 80_000, 500_000])('of %i columns is too_many_columns', async (most) => {
    expect(await columns(most)).toMatchObject({
      code: 'too_many_columns',
      message: expect.stringContaining(
        `line 1 names ${most} columns, and 1000 are the most`,
      ) as string,
    });
  });

  it('of 1000 columns is looked at further', async () => {
    const { findings } = await planned(1000);
    expect(findings.warnings.at(-1)!.message).toContain('949 more columns are ignored');
  });
});

describe('naming a file', () => {
  const open = (importRoot: string, file: string) =>
    fileProblem(
      preflight(
        {
          importRoot: new FolderRoot(importRoot),
          kratos: new KratosInMemory(),
          roles: [],
          tenants: [],
        },
        inputOf({ file }),
      ),
    );

  async function rootBesideFile(): Promise<string> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'imports', 'folder'), { recursive: true });
    await writeFile(join(folder, 'outside.csv'), fixture('weak-password'));
    return join(folder, 'imports');
  }

  it('that is not there is file_not_found', async () => {
    expect((await open(await rootBesideFile(), 'nobody.csv')).code).toBe('file_not_found');
  });

  it('that is a folder is file_not_found', async () => {
    expect((await open(await rootBesideFile(), 'folder')).code).toBe('file_not_found');
  });

  it('that is a named pipe or a device is file_not_found, at once', async () => {
    const root = await rootBesideFile();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect((await open(root, 'pipe')).code).toBe('file_not_found');
    expect((await fileProblem(openSource('/dev', 'zero'))).code).toBe('file_not_found');
  });

  it('that a link takes the place of before it is opened does not open the link', async () => {
    const root = await rootBesideFile();
    await symlink('../outside.csv', join(root, 'swapped.csv'));
    await expect(openFile(join(root, 'swapped.csv'))).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('never opens one outside the root, while a folder of its path and a link out take turns', async () => {
    const root = await rootBesideFile();
    const folder = join(root, 'folder');
    await mkdir(join(root, '..', 'elsewhere'));
    await writeFile(join(root, '..', 'elsewhere', 'users.csv'), 'outside');
    await writeFile(join(folder, 'users.csv'), 'inside');
    await symlink('../elsewhere', join(root, 'link'));
    const stop = new AbortController();
    const swapping = (async () => {
      while (!stop.signal.aborted) {
        await rename(folder, join(root, 'kept'));
        await rename(join(root, 'link'), folder);
        await rename(folder, join(root, 'link'));
        await rename(join(root, 'kept'), folder);
      }
    })();
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const opened = await openSource(root, 'folder/users.csv').catch(() => undefined);
      seen.add((await opened?.handle.readFile('utf8')) ?? 'refused');
      await opened?.handle.close();
    }
    stop.abort();
    await swapping;
    expect(seen).not.toContain('outside');
  });

  it('below a root that is not there is file_not_found, and names the setting', async () => {
    const problem = await open(join(await temporaryFolder(), 'none'), 'users.csv');
    expect(problem).toMatchObject({
      code: 'file_not_found',
      message: expect.stringContaining('IMPORT_ROOT') as string,
    });
  });

  it.each(['../outside.csv', 'folder/../../outside.csv', '.', '..', '/etc/hosts'])(
    'outside the root as %s is file_outside_root',
    async (file) => {
      expect((await open(await rootBesideFile(), file)).code).toBe('file_outside_root');
    },
  );

  it('that is a link out of the root is file_outside_root', async () => {
    const root = await rootBesideFile();
    await symlink('../outside.csv', join(root, 'inside.csv'));
    await symlink('..', join(root, 'up'));
    expect((await open(root, 'inside.csv')).code).toBe('file_outside_root');
    expect((await open(root, 'up/outside.csv')).code).toBe('file_outside_root');
  });

  it('that is a link within the root, or whose name begins with dots, is fine', async () => {
    const root = await rootBesideFile();
    await writeFile(join(root, '..users.csv'), fixture('weak-password'));
    await symlink('../..users.csv', join(root, 'folder', 'link.csv'));
    for (const file of ['..users.csv', 'folder/link.csv', 'folder/../..users.csv']) {
      const deps = {
        importRoot: new FolderRoot(root),
        kratos: new KratosInMemory(),
        roles: [],
        tenants: [],
      };
      const prepared = await preflight(deps, inputOf({ file }));
      expect(prepared.bytes, file).toBe(fixture('weak-password').length);
      await prepared.file.close();
    }
  });
});

describe('a file that changed since it was validated', () => {
  const changes: Record<string, (bytes: Buffer) => Buffer> = {
    'one byte of the row': (bytes) => Buffer.from(bytes.toString().replace('Ann', 'Eve')),
    'a row more': (bytes) => Buffer.concat([bytes, Buffer.from('eve@example.com,,,user,t1,\n')]),
    'cut off': (bytes) => bytes.subarray(0, -5),
    emptied: () => Buffer.alloc(0),
  };

  it.each(Object.entries(changes))('by %s is file_changed', async (_change, change) => {
    const bytes = fixture('invalid-role');
    const run = await planFixture('invalid-role', { input: { chunkSize: 1 } });
    const [first] = await run.chunks();
    await writeFile(join(run.importRoot, 'users.csv'), change(bytes));
    const problem = await fileProblem(readChunkRows(run.root, run, first!));
    expect(problem).toMatchObject({ code: 'file_changed', line: 2 });
  });
});
