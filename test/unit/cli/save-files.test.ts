import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { saveFiles } from '../../../src/cli/save-files.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';
import { RUN, temporaryFolder } from '../../support/planned-run.js';

const store = new MemoryStore();
const run = new RunLayout(store, RUN);

it('saves the files of a run for their owner only, whatever the names in its report lead to', async () => {
  await store.replace(run.results, 'line,email\n');
  const folder = await temporaryFolder();
  await saveFiles(run, ['../../results.csv'], join(folder, 'out'));
  expect(await readdir(folder)).toEqual(['out']);
  const saved = join(folder, 'out', 'results.csv');
  expect(await readFile(saved, 'utf8')).toBe('line,email\n');
  expect((await stat(saved)).mode & 0o777).toBe(0o600);
});

it('saves nothing where a file is gone: an empty one would say that no row was rejected', async () => {
  await store.replace(run.results, 'line,email\n');
  const folder = await temporaryFolder();
  const saving = saveFiles(run, ['results.csv', 'rejects.csv'], join(folder, 'out'));
  await expect(saving).rejects.toThrow('the report names rejects.csv');
  expect(await readdir(folder)).toEqual([]);
});
