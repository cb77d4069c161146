/** What a purge removes of a run of a source, and what stays. */
import { expect, it } from 'vitest';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { purgeRun } from '../../../src/purge/purge-run.js';
import { writeReport } from '../../../src/report/write-report.js';
import { readOutcomes, writeOutcomes } from '../../../src/store/outcomes.js';
import { readNights } from '../../../src/store/source-nights.js';
import { NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { identityWith, idNumber, memberOf } from '../../support/members.js';
import { MemoryStore } from '../../support/memory-store.js';
import { inputOf, PlannedRun, RUN } from '../../support/planned-run.js';
import { filesIn, textOf } from '../../support/stored.js';
import { HR } from '../../support/source-runs.js';

const FILE = 'email,first_name\nmarked-ann@example.com,Ann\nmarked-new@example.com,New\n';

it('a purge removes who is settled, who leaves and who would be taken in, and no night of the source', async () => {
  const kratos = new KratosInMemory();
  kratos.identities.set(idNumber(1), memberOf('hr', 'marked-ann@example.com', 'Ann'));
  kratos.identities.set(idNumber(2), memberOf('hr', 'marked-gone@example.com', 'Gone'));
  kratos.identities.set(idNumber(3), identityWith({ email: 'marked-new@example.com' }));
  const store = new MemoryStore();
  const input = { chunkSize: 1, ...HR, adopt: true };
  const run = await PlannedRun.of(FILE, { kratos, store, input });
  const { folder, plan } = run;
  const ofPlan = (['settled', 'leavers', 'leavers.csv', 'adoptable.csv'] as const).map((name) =>
    folder.ofPlan(plan.validation, name).slice(folder.prefix.length + 1),
  );
  const leaver = await run.chunk(3);
  await writeOutcomes(leaver, [
    {
      ...{ line: 1_000_000_000, email: 'marked-gone@example.com', outcome: 'deactivated' },
      ...{ identityId: idNumber(2), invitation: 'none' },
      changes: [{ path: '/state', before: 'active', after: 'inactive' }],
    },
  ]);
  const request = {
    ...{ run: RUN, ending: 'done' as const, startedAt: NOW.toISOString(), planned: true },
    ...{ settings: inputOf(input), undecidedChunks: [], timeline: NO_TIMELINE },
    history: { rows: [], mails: [] },
  };
  await writeReport(folder, run.root, request, { now: () => NOW });
  expect(await filesIn(folder)).toEqual(expect.arrayContaining(ofPlan));

  const task = { purge: { workflowId: 'purge', runId: RUN.runId }, actor: 'olga' };
  await purgeRun(
    { importRoot: run.root, runs: store, now: () => NOW },
    { run: RUN, ...task, byRetention: false },
    () => Promise.resolve(false),
    () => undefined,
  );
  const left = await filesIn(folder);
  for (const name of ofPlan) expect(left).not.toContain(name);
  for (const name of left) {
    expect(await textOf(folder, `${folder.prefix}/${name}`)).not.toContain('marked');
  }
  expect(await readOutcomes(leaver)).toMatchObject([
    { outcome: 'deactivated', identityId: idNumber(2), changes: [{ path: '/state' }] },
  ]);
  expect(await readNights(store, 'hr', 9)).toMatchObject([{ rows: 2, counts: { left: 1 } }]);
});
