import { fstatSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppendLog } from '../../../src/store/append-log.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { addInvitation } from '../../../src/store/invitation-ledger.js';
import { createRunFolder, createUndoFolder } from '../../../src/store/run-folder.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { UndoLedger } from '../../../src/store/undo-ledger.js';
import { RUN, temporaryFolder } from '../../support/planned-run.js';

/** The files and folders that are synced while the test runs, by their inode. */
async function syncs(): Promise<Set<number>> {
  const handle = await open(await temporaryFolder(), 'r');
  const handles = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const inodes = new Set<number>();
  const sync = Reflect.get(handles, 'sync');
  const spy = vi.spyOn(handles, 'sync').mockImplementation(function (this: typeof handle) {
    inodes.add(fstatSync(this.fd).ino);
    return sync.call(this);
  });
  onTestFinished(() => spy.mockRestore());
  return inodes;
}

/** Each opened as an attempt opens it, and written to. */
const LOGS: Record<string, (path: string) => Promise<void>> = {
  'the journal of a chunk': async (path) => (await ChunkJournal.open(path)).close(),
  'the ledger of an undo': async (path) => (await UndoLedger.open(path)).close(),
  'the ledger of invitations': (path) =>
    addInvitation(
      {
        ...{ number: 1, range: { sha256: '0123456789ab' } },
        folder: { invitations: () => path } as unknown as RunLayout,
      },
      { line: 2, state: 'sent', at: '2026-11-02T10:00:00Z' },
    ),
};

describe('an append-only log', () => {
  it.each(Object.entries(LOGS))(
    'is on disk with its name before anything is done, as %s',
    async (_, write) => {
      const path = join(await temporaryFolder(), '1-0123456789ab');
      const synced = await syncs();
      await write(path);
      expect(synced).toContain((await stat(path)).ino);
      expect(synced).toContain((await stat(dirname(path))).ino);
    },
  );

  it('is on disk with the folders that a run has for it', async () => {
    const root = await temporaryFolder();
    const synced = await syncs();
    const layout = new RunLayout(root, RUN);
    await createRunFolder(layout);
    await createUndoFolder(layout);
    const parents = [root, dirname(layout.path), layout.path];
    for (const folder of parents) expect(synced, folder).toContain((await stat(folder)).ino);
  });

  it('gives the entries of all who have it open, but not a line that was cut off', async () => {
    const path = join(await temporaryFolder(), 'log');
    const [one, other] = [await AppendLog.open<number>(path), await AppendLog.open<number>(path)];
    await one.append([1]);
    const file = await open(path, 'a');
    await file.write('{"cut');
    await file.close();
    await other.append([2, 3]);
    expect(await one.read()).toEqual([1, 2, 3]);
    await Promise.all([one.close(), other.close()]);
  });
});
