import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DiskStore } from '../store/disk-store.js';
import { partsOf } from '../store/parts-of.js';
import type { RunLayout } from '../store/run-layout.js';
import { CommandError, EXIT } from './exit.js';

/**
 * Copies files of a run into a new folder of this machine, for their owner only: they hold personal data.
 * @param reported their names, as the run's report has them
 */
export async function saveFiles(
  { store, prefix }: RunLayout,
  reported: readonly string[],
  to: string,
): Promise<void> {
  const names = reported.map((each) => basename(each));
  for (const name of names) {
    // An empty file in its place would say that it has no rows.
    if (!(await store.stat(`${prefix}/${name}`))) throw gone(name, `${store.address}/${prefix}`);
  }
  await mkdir(to, { mode: 0o700 }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already' : `cannot be made (${code})`;
    throw new CommandError(`--out: ${to} ${why}. Name a new folder.`, EXIT.wrongUse);
  });
  const desk = new DiskStore(to);
  for (const name of names) {
    await desk.write(name, async (file) => {
      for await (const part of partsOf(store, `${prefix}/${name}`)) await file.write(part);
    });
  }
}

function gone(name: string, folder: string): CommandError {
  return new CommandError(
    `--out: the report names ${name}, which is not in ${folder} any more. Was it removed by hand, or by a lifecycle rule?`,
    EXIT.incomplete,
  );
}

/** Where a file of a folder is, for people: the folder may be a URL. */
export function pathIn(folder: string, name: string): string {
  return folder.includes('://') ? `${folder}/${name}` : join(folder, name);
}
