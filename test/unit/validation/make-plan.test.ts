/** What a validation leaves in the store, and which of several counts. */
import { readdir } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { KratosError } from '../../../src/kratos/kratos.js';
import { findPlan } from '../../../src/store/plan.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { StoreError } from '../../../src/store/store.js';
import { identityOf } from '../../support/candidates.js';
import { fileProblem } from '../../support/fixtures.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PlannedRun, RUN, temporaryFolder } from '../../support/planned-run.js';

const rows = (count: number, domain = 'example.com') =>
  `email\n${Array.from({ length: count }, (_, i) => `user${i}@${domain}\n`).join('')}`;

async function keysIn(store: MemoryStore): Promise<string[]> {
  const { prefix } = new RunLayout(store, RUN);
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key.slice(prefix.length + 1));
  return keys;
}

const filesOf = (validation: string, ...names: string[]) =>
  [...names.map((name) => `plan/${validation}/${name}`), 'plan/plan.json'].sort();

describe('the plan of a run', () => {
  it('is written last, and names the files that belong to it', async () => {
    const store = new MemoryStore();
    const { plan } = await PlannedRun.of(rows(3), { store });
    expect(await keysIn(store)).toEqual(filesOf(plan.validation, 'chunks', 'invalid.csv'));
    expect(plan).toMatchObject({ format: 1, run: RUN, hints: [] });
  });

  it('stays: a file that has changed is not validated again, and its chunks say so', async () => {
    const store = new MemoryStore();
    const first = await PlannedRun.of(rows(3), { store });
    const again = await PlannedRun.of(rows(3, 'example.org'), { store });
    expect(again.plan).toEqual(first.plan);
    expect(again.findings).toEqual(first.findings);
    expect((await fileProblem(again.rowsByChunk())).code).toBe('file_changed');
    expect(await first.rowsByChunk()).toHaveLength(1);
  });

  it('is that of the first of two validations to end, of which nothing else is left', async () => {
    const store = new MemoryStore();
    const both = await Promise.all([
      PlannedRun.of(rows(3), { store }),
      PlannedRun.of(rows(5), { store }),
    ]);
    const [one, other] = both.map(({ plan, findings }) => ({ plan, findings }));
    expect(one).toEqual(other);
    expect(await keysIn(store)).toEqual(filesOf(one!.plan.validation, 'chunks', 'invalid.csv'));
  });

  it.each(['at once', 'late'])(
    'whose writing got no answer is whole when it stands %s',
    async (when) => {
      const store = new MemoryStore();
      const create = store.create.bind(store);
      let deliver = (): Promise<unknown> => Promise.resolve();
      store.create = async (key, content) => {
        store.create = create;
        if (when === 'late') deliver = () => create(key, content);
        else await create(key, content);
        throw new StoreError('the store does not answer');
      };
      await expect(PlannedRun.of(rows(3), { store })).rejects.toThrow(StoreError);
      await deliver();
      const next = await PlannedRun.of(rows(3), { store });
      expect(await next.rowsByChunk()).toHaveLength(1);
    },
  );

  it('has hints at users who exist, which are put together outside of the store', async () => {
    const root = await temporaryFolder();
    const scratch = await emptyScratch();
    const store = new MemoryStore();
    const seen: string[] = [];
    class Watched extends KratosInMemory {
      override async listPage(next?: string) {
        seen.push(...(await readdir(scratch)));
        return super.listPage(next);
      }
    }
    const kratos = new Watched({ pageSize: 50 });
    for (let i = 0; i < 300; i++) kratos.store(identityOf({ email: `user${i}@example.com` }));
    const { plan } = await PlannedRun.below(root, rows(300), { store, kratos });
    expect(plan.hints).toEqual(['existing-users']);
    expect(await keysIn(store)).toEqual(
      filesOf(plan.validation, 'chunks', 'existing-users', 'invalid.csv'),
    );
    // Nor is anything left when the worker is killed in the middle.
    expect([...seen, ...(await readdir(scratch))]).toEqual([]);
  });

  it('is none when a validation fails after its rows, of which nothing is left', async () => {
    const root = await temporaryFolder();
    const scratch = await emptyScratch();
    const store = new MemoryStore();
    class Failing extends KratosInMemory {
      override async listPage(next?: string) {
        if (next !== undefined) throw new KratosError('unavailable', 'away');
        return super.listPage();
      }
    }
    const kratos = new Failing({ pageSize: 50 });
    for (let i = 0; i < 300; i++) kratos.store(identityOf({ email: `user${i}@example.com` }));
    await expect(PlannedRun.below(root, rows(300), { store, kratos })).rejects.toThrow('away');
    expect(await keysIn(store)).toEqual([]);
    expect(await findPlan(new RunLayout(store, RUN))).toBeUndefined();
    expect(await readdir(scratch)).toEqual([]);
  });
});

/** The folder for temporary files, for this test alone. */
async function emptyScratch(): Promise<string> {
  const folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  return folder;
}
