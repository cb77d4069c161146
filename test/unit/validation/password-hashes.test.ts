/** Password hashes of other products, from the columns of a file to the rows that a chunk reads. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.js';
import { parseFirebaseParameters } from '../../../src/passwords/formats/project-parameters.js';
import { PlanCache } from '../../../src/validation/plan-cache.js';
import { PUBLISHED } from '../../support/exported-hashes.js';
import { pathOf, PlannedRun, temporaryFolder, type Given } from '../../support/planned-run.js';

const { parts: FIREBASE, kratos: FIRESCRYPT } = PUBLISHED.find(({ name }) => name === 'firebase')!;
const { hash: _hash, salt: _salt, ...PROJECT } = FIREBASE;
const CONSOLE = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: ${PROJECT['signer_key']},
  base64_salt_separator: ${PROJECT['salt_separator']},
  rounds: 8,
  mem_cost: 14,
}`;

/** The rows as the chunk that imports them reads them. */
async function rowsOf(content: string, given: Given = {}) {
  const run = await PlannedRun.of(content, given);
  const { checkRow } = await new PlanCache(given.projectParameters).get(run.folder);
  const rows = (await run.rowsByChunk()).flat();
  return { run, rows: rows.map(({ cells }) => checkRow(cells).importRow) };
}

function csv(...rows: string[][]): string {
  return rows
    .map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`)
    .join('');
}

describe('password hashes in several columns', () => {
  it('become one that Kratos compares', async () => {
    const text = csv(
      ['email', 'digest', 'hasher'],
      ['ann@example.com', '5f4dcc3b5aa765d61d8327deb882cf99', 'md5'],
      ['ben@example.com', '', 'bcrypt'],
    );
    const columns = { digest: 'password_hash.clerk', hasher: 'password_hash.clerk.hasher' };
    const { run, rows } = await rowsOf(text, { input: { columns } });
    expect(run.findings.invalid).toBe(0);
    expect(rows.map(({ passwordHash }) => passwordHash)).toEqual([
      '$md5$X03MO1qnZdYdgyfeuILPmQ==',
      undefined,
    ]);
  });

  it('take what is the same for all from the defaults, and a salt to the letter', async () => {
    const text = csv(
      ['email', 'digest', 'salt'],
      ['ann@example.com', '0'.repeat(32), ' é '],
      ['ben@example.com', '', 'x'],
    );
    const columns = { digest: 'password_hash.md5', salt: 'password_hash.md5.salt' };
    const defaults = { 'password_hash.md5.order': 'after' };
    const { rows } = await rowsOf(text, { input: { columns, defaults } });
    const salt = Buffer.from(' é ').toString('base64');
    expect(rows[0]?.passwordHash).toContain(`$${salt}$`);
    expect(rows[1]?.passwordHash).toBeUndefined();
  });

  it('that are two in one row are refused', async () => {
    const hash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
    const text = csv(['email', 'old', 'new'], ['ann@example.com', '0'.repeat(32), hash]);
    const input = { columns: { old: 'password_hash.md5', new: 'password_hash' } };
    const run = await PlannedRun.of(text, { input: { ...input, onInvalid: 'import-valid' } });
    expect(await run.rejected()).toMatchObject([
      {
        codes: ['invalid_password_hash'],
        reason: expect.stringContaining('two password hashes') as string,
      },
    ]);
  });

  it.each([
    [{ digest: 'password_hash.clerk' }, {}, /without password_hash\.clerk\.hasher/],
    [{ digest: 'password_hash.pbkdf2' }, {}, /password_hash\.pbkdf2\.salt, .*iterations/],
    [{ digest: 'password_hash.md5.salt' }, {}, /without password_hash\.md5;/],
    [{ digest: 'password_hash.rot13' }, {}, /names no format of password hashes; there are aspnet/],
    [{ digest: 'password_hash.md5.pepper' }, {}, /no part of md5 hashes; there are salt/],
    [{ digest: 'password_hash.md5' }, { 'password_hash.md5.salt': 'x' }, /cannot be the same/],
    [{ digest: 'password_hash.hmac' }, { 'password_hash.hmac.key': 'x' }, /cannot be the same/],
  ])('are not read when the input is %o with %o', async (columns, defaults, message) => {
    const text = csv(['email', 'digest'], ['ann@example.com', '']);
    await expect(PlannedRun.of(text, { input: { columns, defaults } })).rejects.toThrow(message);
  });
});

describe('a hash that Kratos cannot check', () => {
  const text = csv(
    ['email', 'user_pass'],
    ['ann@example.com', '$P$BDUCKDUCKDUCKDUCKDUCKDUCKDUCK1'],
    ['ben@example.com', '5f4dcc3b5aa765d61d8327deb882cf99'],
  );
  const input = { columns: { user_pass: 'password_hash.wordpress' } };

  it('is refused by a code of its own', async () => {
    const run = await PlannedRun.of(text, { input: { ...input, onInvalid: 'import-valid' } });
    expect(await run.rejected()).toEqual([
      {
        line: 2,
        codes: ['unsupported_password_hash'],
        reason: expect.stringContaining('is phpass') as string,
      },
    ]);
  });

  it('is left to the migration hook where the import says so', async () => {
    const { rows } = await rowsOf(text, { input: { ...input, onUnsupportedHash: 'hook' } });
    expect(rows[0]).toMatchObject({ passwordHook: true });
    expect(rows[0]).not.toHaveProperty('passwordHash');
    expect(rows[1]).not.toHaveProperty('passwordHook');
  });

  it('is no password where its users are to be invited, which a warning counts', async () => {
    const { run, rows } = await rowsOf(text, { input: { ...input, onUnsupportedHash: 'invite' } });
    expect(rows[0]).not.toHaveProperty('passwordHook');
    expect(rows[0]).not.toHaveProperty('passwordHash');
    expect(run.findings.warnings.map(({ code }) => code)).toContain('unsupported_password_hash');
  });
});

describe("Firebase's project parameters", () => {
  const text = csv(
    ['email', 'passwordHash', 'salt'],
    ['ann@example.com', FIREBASE['hash']!, FIREBASE['salt']!],
  );
  const input = {
    columns: { passwordHash: 'password_hash.firebase', salt: 'password_hash.firebase.salt' },
  };
  const projectParameters = { firebase: PROJECT };

  it('come from the worker, and are in no plan', async () => {
    const { run, rows } = await rowsOf(text, { input, projectParameters });
    expect(rows[0]?.passwordHash).toBe(FIRESCRYPT);
    const plan = await readFile(pathOf(run.folder, run.folder.plan), 'utf8');
    expect(plan).not.toContain(PROJECT['signer_key']!.slice(0, 12));
  });

  it('that the worker lacks stop the run before it reads a row', async () => {
    await expect(PlannedRun.of(text, { input })).rejects.toThrow(/FIREBASE_HASH_PARAMETERS_FILE/);
  });

  it('that another worker has otherwise make no hash', async () => {
    const run = await PlannedRun.of(text, { input, projectParameters });
    const others = [undefined, { firebase: { ...PROJECT, rounds: '7' } }];
    for (const other of others) {
      await expect(new PlanCache(other).get(run.folder)).rejects.toThrow(/of this worker is not/);
    }
  });

  it('are read as the console shows them, and as JSON', () => {
    expect(parseFirebaseParameters(CONSOLE)).toEqual({ parts: PROJECT });
    const { signer_key, salt_separator } = PROJECT;
    const json = { base64_signer_key: signer_key, base64_salt_separator: salt_separator };
    expect(parseFirebaseParameters(JSON.stringify({ ...json, rounds: 8, mem_cost: 14 }))).toEqual({
      parts: PROJECT,
    });
  });

  it('that are not whole are named, and nothing of them is shown', async () => {
    const file = join(await temporaryFolder(), 'parameters.txt');
    await writeFile(file, CONSOLE.replace(/base64_salt_separator.*/, ''));
    const env = {
      KRATOS_ADMIN_URL: 'http://127.0.0.1:4434',
      SMTP_URL: 'smtp://127.0.0.1:1025',
      MAIL_FROM: 'no-reply@example.com',
      APP_NAME: 'Example',
      IMPORT_ROOT: '/srv/imports',
      IMPORT_RUNS: '/srv/runs',
      FIREBASE_HASH_PARAMETERS_FILE: file,
    };
    expect(() => readSettings(env)).toThrow(
      `  FIREBASE_HASH_PARAMETERS_FILE does not give base64_salt_separator: ${file}`,
    );
    await writeFile(file, CONSOLE);
    expect(readSettings(env).projectParameters).toEqual({ firebase: PROJECT });
  });
});
