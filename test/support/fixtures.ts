import { readFileSync } from 'node:fs';
import { FileError } from '../../src/csv/file-error.js';
import type { FileProblem } from '../../src/contract/codes.js';
import { PlannedRun, type Given } from './planned-run.js';

/** The bytes of test/fixtures/<name>.csv. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/${name}.csv`, import.meta.url));
}

export function planFixture(name: string, given?: Given): Promise<PlannedRun> {
  return PlannedRun.of(fixture(name), given);
}

/** The error of the file that something throws. */
export async function fileProblem(work: Promise<unknown>): Promise<FileProblem> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FileError) return error.problem;
  throw new Error(`no FileError, but ${String(error)}`, { cause: error });
}
