import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import type { Report } from '../../../src/contract/report.js';
import { writeReport, type ReportRequest } from '../../../src/report/write-report.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, pathOf, PlannedRun, RUN, type Given } from '../../support/planned-run.js';
import { textOf } from '../../support/stored.js';

/** Two rows a chunk: 1 to 3 are imported, 4 was never reached. */
const FILE = `email,initial_password,old_id
new@example.com,,auth0|1
there@example.com,a long password,"=1+1,""x"""
bad address,,17
none@example.com,,
refused@example.com,,-Mk
there2@example.com,a long password,00042
late@example.com,, u9 
`;

async function importedRun(kratos: KratosInMemory, given: Given = {}): Promise<PlannedRun> {
  const input = { chunkSize: 2, onInvalid: 'import-valid', ...given.input };
  const run = await PlannedRun.of(FILE, { kratos, ...given, input });
  for (const chunk of [1, 2, 3]) await attempt(run, kratos, { chunk });
  return run;
}

function kratosWithUsers(): KratosInMemory {
  const kratos = new KratosInMemory({
    refuses: ({ traits }) =>
      traits['email'] === 'refused@example.com' ? { status: 400, reason: 'no' } : undefined,
  });
  kratos.store(identityOf({ email: 'there@example.com' }));
  kratos.store(identityOf({ email: 'there2@example.com' }));
  return kratos;
}

function report(run: PlannedRun): Promise<Report> {
  const request: ReportRequest = {
    run: RUN,
    ending: 'cancelled',
    startedAt: '2026-11-02T09:00:00.000Z',
    settings: inputOf(),
    planned: true,
    undecidedChunks: [],
    timeline: NO_TIMELINE,
    history: { rows: [], mails: [] },
  };
  return writeReport(run.folder, run.root, request, { now: () => NOW });
}

describe('idmap.csv', () => {
  it('has the id of the old product letter for letter, the identity and the outcome, in file order', async () => {
    const kratos = kratosWithUsers();
    const run = await importedRun(kratos);
    const { files } = await report(run);
    expect(files).toContain('idmap.csv');
    expect((await stat(pathOf(run.folder, run.folder.idMap))).mode & 0o777).toBe(0o600);
    const idOf = async (email: string) => (await kratos.findByIdentifier(email))!.id;
    expect(await textOf(run.folder, run.folder.idMap)).toBe(
      [
        'old_id,identity_id,outcome',
        `auth0|1,${await idOf('new@example.com')},created`,
        // A user with a password who was in the way is looked up all the same.
        `"=1+1,""x""",${await idOf('there@example.com')},skipped`,
        '17,,invalid',
        '-Mk,,failed',
        `00042,${await idOf('there2@example.com')},skipped`,
        'u9,,unprocessed',
        '',
      ].join('\n'),
    );
  });

  it('is in no report with any of its ids, and stays away from a run whose file has none', async () => {
    const run = await importedRun(kratosWithUsers());
    await report(run);
    const text = await textOf(run.folder, run.folder.report);
    expect(text + (await textOf(run.folder, run.folder.page))).not.toMatch(/auth0|00042|-Mk/);
    const ignored = await importedRun(kratosWithUsers(), {
      input: { columns: { old_id: 'ignore' } },
    });
    expect((await report(ignored)).files).not.toContain('idmap.csv');
  });

  it('keeps the id with the user, where admins see it', async () => {
    const kratos = kratosWithUsers();
    await importedRun(kratos);
    const user = await kratos.findByIdentifier('new@example.com');
    expect(user!.fields.metadata_admin).toMatchObject({ old_id: 'auth0|1' });
  });
});
