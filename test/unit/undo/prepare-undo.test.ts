/** Which runs an undo takes, in which order, and what it refuses. */
import { expect, it } from 'vitest';
import type { RunRef } from '../../../src/contract/ids.js';
import { withFormat } from '../../../src/store/format.js';
import type { RunLayout } from '../../../src/store/run-layout.js';
import { prepareUndo } from '../../../src/undo/prepare-undo.js';
import { attempt } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun } from '../../support/planned-run.js';
import { after, reportOf } from '../../support/reports.js';

const ID = 'import-1';
const idOf = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const refOf = (number: number, workflowId = ID): RunRef => ({ workflowId, runId: idOf(number) });

/** One store of runs, and what Temporal says of them. */
class Imports {
  readonly store = new MemoryStore();
  readonly open = new Set<string>();
  private readonly kratos = new KratosInMemory();

  /** A run that creates one user, and ends without a report. */
  async create(number: number, workflowId = ID): Promise<PlannedRun> {
    const run = refOf(number, workflowId);
    const given = { kratos: this.kratos, run, store: this.store };
    const planned = await PlannedRun.of(`email\nuser${workflowId}${number}@example.com\n`, given);
    await attempt(planned, this.kratos);
    await this.startedAt(planned.folder, number);
    return planned;
  }

  /** Its plan, which is all that says when it began. */
  private async startedAt({ plan }: RunLayout, number: number): Promise<void> {
    const content = (await this.store.read(plan))!.bytes.toString();
    const at = after(number);
    await this.store.replace(plan, JSON.stringify({ ...JSON.parse(content), at }));
  }

  prepare(runId?: string) {
    const isOpen = (id: string) => Promise.resolve(this.open.has(id));
    const input = { workflowId: ID, runId, actor: 'alice', force: false };
    return prepareUndo(this.store, input, isOpen, () => undefined);
  }
}

it('takes runs without a report by the time that their plans say, whenever the files were copied', async () => {
  const imports = new Imports();
  for (const number of [2, 3, 1]) await imports.create(number);
  const { runs, left, warnings } = await imports.prepare();
  expect(runs.map(({ run }) => run)).toEqual([3, 2, 1].map((number) => refOf(number)));
  expect(runs[0]).toMatchObject({ startedAt: after(3), rows: 1, updated: 0, chunks: 1 });
  expect({ left, warnings }).toEqual({
    left: [],
    warnings: [expect.stringContaining('imported different files')],
  });
});

it.each([
  ['the import', ID, undefined],
  ['the import, where one of its runs is meant', ID, idOf(1)],
  ['its retry', `${ID}-retry-1`, undefined],
  ['a retry that has left nothing yet', `${ID}-retry-2`, undefined],
])('is refused while %s goes on', async (_, open, runId) => {
  const imports = new Imports();
  await imports.create(1);
  await imports.create(2, `${ID}-retry-1`);
  imports.open.add(open);
  await expect(imports.prepare(runId)).rejects.toThrow(
    `${open === ID ? 'The import' : `Its retry ${open}`} is still running.`,
  );
});

it('is not held up by a retry where one run of the import is meant, and names what it leaves', async () => {
  const imports = new Imports();
  await imports.create(1);
  await imports.create(2, `${ID}-retry-1`);
  imports.open.add(`${ID}-retry-1`);
  const { runs, left } = await imports.prepare(idOf(1));
  expect(runs.map(({ run }) => run)).toEqual([refOf(1)]);
  expect(left.map(({ run }) => run)).toEqual([refOf(2, `${ID}-retry-1`)]);
});

it('leaves a run that is called like a retry, and retried another import', async () => {
  const imports = new Imports();
  await imports.create(1);
  const { folder, run } = await imports.create(2, `${ID}-retry-1`);
  const report = reportOf({ run });
  const retryOf = refOf(1, 'import-2');
  const { settings } = report;
  const stored = withFormat({ ...report, settings: { ...settings, retryOf } });
  await imports.store.create(folder.report, JSON.stringify(stored));
  expect((await imports.prepare()).runs.map((each) => each.run)).toEqual([refOf(1)]);
});

it('takes a hundred runs, the newest, and says how many are older', async () => {
  const imports = new Imports();
  for (let number = 1; number <= 103; number++) await imports.create(number);
  const { runs, warnings } = await imports.prepare();
  expect(runs).toHaveLength(100);
  expect(runs[0]!.run).toEqual(refOf(103));
  expect(runs.at(-1)!.run).toEqual(refOf(4));
  expect(warnings.join('\n')).toContain('3 older ones are left');
});
