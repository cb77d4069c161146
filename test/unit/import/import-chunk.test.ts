import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { passwordHashProblem } from '../../../src/passwords/hash-formats.js';
import { HASHING_PROBLEMS, HashingError } from '../../../src/passwords/hashing-error.js';
import { isPlaceholderHash, placeholderHash } from '../../../src/passwords/placeholder.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { fileProblem } from '../../support/fixtures.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';
import { FORMAT_LINE } from '../../../src/store/format.js';
import { outcomesOf } from '../../support/outcome-files.js';

const HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const FILE = `email,initial_password,password_hash,state,external_id,badge
 Ann@Example.com ,long enough,,,,7
ben@example.com,,${HASH},inactive,e-2,
cid@example.com,,,,,
nobody,,,,,
`;

async function planned(input: Record<string, unknown> = {}) {
  const kratos = new KratosInMemory();
  const run = await PlannedRun.of(FILE, {
    kratos,
    input: { onInvalid: 'import-valid', columns: { badge: 'metadata_public.hr.badge' }, ...input },
  });
  return { kratos, run };
}

describe('importing a chunk', () => {
  it('creates each valid row as the file gives it, with its origin', async () => {
    const { kratos, run } = await planned();
    expect(await attempt(run, kratos)).toEqual({ ...NO_COUNTS, created: 3, invalid: 1, due: 1 });
    const origin = { ...RUN, file: 'users.csv', actor: 'alice', at: NOW.toISOString() };
    const [ann, ben, cid] = [...kratos.identities.values()];
    expect(ann).toEqual({
      schemaId: 'default',
      traits: { email: 'Ann@Example.com' },
      metadataPublic: { hr: { badge: '7' } },
      metadataAdmin: { csv_import: { ...origin, line: 2 } },
      state: 'active',
      hashedPassword: 'hash of long enough',
      verifiedEmails: [],
    });
    expect(ben).toEqual({
      schemaId: 'default',
      traits: { email: 'ben@example.com' },
      metadataAdmin: { csv_import: { ...origin, line: 3 } },
      externalId: 'e-2',
      state: 'inactive',
      hashedPassword: HASH,
      verifiedEmails: [],
    });
    expect(cid?.metadataAdmin).toEqual({
      csv_import: { ...origin, line: 4, invitation: { dueSince: NOW.toISOString() } },
    });
    expect(passwordHashProblem(cid!.hashedPassword!)).toBeUndefined();
  });

  it('takes the placeholder of another import, given as a hash, for no password', async () => {
    const exported = placeholderHash(10, randomBytes);
    const kratos = new KratosInMemory();
    const run = await PlannedRun.of(
      `email,initial_password,password_hash\nann@example.com,,${exported}\nben@example.com,long enough,${exported}\n`,
      { kratos },
    );
    expect(await attempt(run, kratos)).toEqual({ ...NO_COUNTS, created: 2, due: 1 });
    const [ann, ben] = [...kratos.identities.values()];
    expect(isPlaceholderHash(ann!.hashedPassword!)).toBe(true);
    expect(ann!.hashedPassword).not.toBe(exported);
    expect(ben!.hashedPassword).toBe('hash of long enough');
    const [, first] = (await readFile(outcomesOf(run.folder, 1), 'utf8')).split('\n');
    expect(JSON.parse(first!)).toMatchObject({ outcome: 'created', invitation: 'due' });
  });

  it('marks addresses as verified in the form in which Kratos compares them', async () => {
    const { kratos, run } = await planned({ markEmailVerified: true });
    await attempt(run, kratos);
    expect([...kratos.identities.values()].map(({ verifiedEmails }) => verifiedEmails)).toEqual([
      ['ann@example.com'],
      ['ben@example.com'],
      ['cid@example.com'],
    ]);
  });

  it('keeps an outcome a row, without passwords, and the users due an invitation', async () => {
    const { kratos, run } = await planned();
    await attempt(run, kratos);
    const text = await readFile(outcomesOf(run.folder, 1), 'utf8');
    expect(text).not.toMatch(/long enough|\$2b/);
    const [stamp, ...outcomes] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(stamp).toEqual(FORMAT_LINE);
    expect(outcomes).toMatchObject([
      { line: 2, email: 'Ann@Example.com', outcome: 'created', invitation: 'none' },
      { line: 3, email: 'ben@example.com', outcome: 'created', invitation: 'none' },
      { line: 4, email: 'cid@example.com', outcome: 'created', invitation: 'due' },
      { line: 5, email: 'nobody', outcome: 'invalid', invitation: 'none' },
    ]);
  });

  it('asks Kratos nothing once its outcomes are on disk', async () => {
    const { kratos, run } = await planned();
    const counts = await attempt(run, kratos);
    kratos.beforeRequest = () => {
      throw new Error('asked again');
    };
    expect(await attempt(run, kratos)).toEqual(counts);
  });

  it('sends no user whose hash could not be made, and creates each once when the next attempt can', async () => {
    const { kratos, run } = await planned();
    const hash = () => Promise.reject(new HashingError(HASHING_PROBLEMS.wrongHash));
    await expect(attempt(run, kratos, { hash })).rejects.toThrow(HashingError);
    expect(kratos.identities.size).toBe(0);
    expect(await attempt(run, kratos)).toMatchObject({ created: 3, invalid: 1 });
    const [ann] = [...kratos.identities.values()];
    expect(ann?.hashedPassword).toBe('hash of long enough');
  });

  it('asks Kratos nothing and writes nothing once the attempt is given up', async () => {
    const { kratos, run } = await planned();
    const given = new AbortController();
    given.abort();
    await expect(attempt(run, kratos, { signal: given.signal })).rejects.toThrow();
    expect(kratos.identities.size).toBe(0);
    expect(() => outcomesOf(run.folder, 1)).toThrow('has no outcomes');
  });

  it('creates no user from a file that changed since it was validated', async () => {
    const { kratos, run } = await planned();
    await writeFile(join(run.importRoot, 'users.csv'), FILE.replace('cid@', 'sid@'));
    expect((await fileProblem(attempt(run, kratos))).code).toBe('file_changed');
    expect(kratos.identities.size).toBe(0);
  });
});
