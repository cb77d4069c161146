/** Whether files can be brought to the worker, and kept. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, rmdir, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Settings } from '../config.js';
import { PreflightError } from '../contract/errors.js';
import { SettingsError } from '../settings-error.js';
import { openStore } from '../store/open-store.js';
import { proveStore } from '../store/prove-store.js';
import { isS3 } from '../store/s3-address.js';
import { StoreError } from '../store/store.js';
import {
  failed,
  findOut,
  ok,
  unreachable,
  warning,
  type Finding,
  type Outcome,
} from './finding.js';

/** A million rows leave some hundred megabytes. */
const SCARCE_BYTES = 1024 ** 3;
const FULL_BYTES = 64 * 1024 ** 2;

export function checkFiles({
  importRoot,
  runsRoot,
}: Pick<Settings, 'importRoot' | 'runsRoot'>): Promise<Finding[]> {
  return Promise.all([
    findOut('import-root', () =>
      isS3(importRoot) ? proveBucket(importRoot) : checkRoot(importRoot),
    ),
    findOut('import-runs', () => (isS3(runsRoot) ? proveBucket(runsRoot) : checkRuns(runsRoot))),
  ]);
}

async function proveBucket(setting: string): Promise<Outcome> {
  try {
    const store = await openStore(setting);
    const prefix = `doctor-${randomUUID()}`;
    await proveStore({ store, prefix, address: `${store.address}/${prefix}` });
    return ok(`${store.address} can be read and written`);
  } catch (error) {
    if (error instanceof StoreError) {
      return unreachable(error.message, 'Check AWS_ENDPOINT_URL_S3, AWS_REGION and the bucket.');
    }
    if (error instanceof PreflightError || error instanceof SettingsError) {
      return failed(error.message, 'docs/settings.md lists the rights that are needed.');
    }
    throw error;
  }
}

/** The folder of the files to import: commands put copies there, the worker reads them. */
async function checkRoot(path: string): Promise<Outcome> {
  const folder = resolve(path);
  const problem = await folderProblem(folder);
  if (problem) return problem;
  if (!(await allows(folder, constants.W_OK))) {
    return warning(
      `${folder} cannot be written by this user`,
      'A worker only reads it; "start" copies files there, unless they lie there already.',
    );
  }
  return (await othersProblem(folder)) ?? spaceIn(folder, ok(`${folder} can be read and written`));
}

/** The worker makes it at its first run. */
async function checkRuns(path: string): Promise<Outcome> {
  const folder = resolve(path);
  const stats = await stat(folder).catch(() => undefined);
  if (!stats) {
    return warning(
      `there is no folder ${folder} yet`,
      'The first run makes it, for the worker’s user only. If it is to be a share, mount it first.',
    );
  }
  const problem = await folderProblem(folder);
  if (problem) return problem;
  const prefix = `doctor-${randomUUID()}`;
  try {
    const store = await openStore(folder);
    await proveStore({ store, prefix, address: folder });
  } catch (error) {
    if (!(error instanceof PreflightError)) throw error;
    return failed(
      error.message,
      `Let the worker's user own it: chown it, and chmod 700 ${folder}.`,
    );
  } finally {
    await rmdir(join(folder, prefix)).catch(() => undefined);
  }
  return (await othersProblem(folder)) ?? spaceIn(folder, ok(`${folder} can be written`));
}

async function folderProblem(folder: string): Promise<Outcome | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) {
      return failed(`${folder} is no folder`, 'Name a folder.');
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? failed(`there is no folder ${folder}`, `Make it, or mount it: mkdir -m 700 ${folder}`)
      : failed(`${folder} cannot be looked at (${code})`, 'Let this user into the folders above.');
  }
  return (await allows(folder, constants.R_OK | constants.X_OK))
    ? undefined
    : failed(`${folder} cannot be read by this user`, `Let its user own it: chown it.`);
}

async function allows(folder: string, mode: number): Promise<boolean> {
  return access(folder, mode).then(
    () => true,
    () => false,
  );
}

/** What others may do there. Files and runs are for their owner only; a list of them, or another file in place of one, is not. */
async function othersProblem(folder: string): Promise<Outcome | undefined> {
  const { mode } = await stat(folder);
  const isSticky = (mode & 0o1000) !== 0;
  if ((mode & 0o002) === 0 || isSticky) return undefined;
  return warning(
    `every user of this machine may put files into ${folder}, and take them away`,
    `Take that away: chmod o-w ${folder}`,
  );
}

async function spaceIn(folder: string, otherwise: Outcome): Promise<Outcome> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${folder} has ${Math.floor(free / 1024 ** 2)} MiB left`;
  if (free < FULL_BYTES) return failed(text, 'Make room: runs could not be kept.');
  if (free < SCARCE_BYTES) return warning(text, 'Make room before a large import.');
  return otherwise;
}
