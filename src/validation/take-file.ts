/**
 * Which file is tonight's: the one that was named, or the newest that matches a pattern; and whether the last run of its
 * source has imported the very same.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileCode } from '../contract/codes.js';
import { InputError } from '../contract/errors.js';
import type { ImportInput } from '../contract/import/input.js';
import type { TakenFile } from '../contract/import/taken-file.js';
import { readAhead } from '../csv/byte-source.js';
import { FileError } from '../csv/file-error.js';
import type { ImportRoot, Source } from '../store/import-root.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';
import { readBegun, readNights, settingsDigest, type SourceNight } from '../store/source-nights.js';
import { isKey, VersionChanged, type Listed, type Store } from '../store/store.js';

interface TakeDeps {
  importRoot: ImportRoot;
  /** Where runs leave their files. */
  runs: Store;
  now: () => Date;
}

/**
 * @throws FileError `file_not_found`, `file_outside_root`; `file_changed` for one that somebody goes on writing
 */
export async function takeFile(
  deps: TakeDeps,
  input: ImportInput,
  signal: AbortSignal,
): Promise<TakenFile> {
  const taken = await take(deps, input, signal);
  const { scope } = input.missing;
  const [night] = scope === undefined ? [] : await readNights(deps.runs, scope, 1);
  if (!night) return taken;
  const { run, rows, open, startedAt } = night;
  const isSame = isRepetition(night, taken.sha256, input) && !(await isOutdated(deps.runs, night));
  return { ...taken, ...(isSame && { unchanged: run }), last: { run, rows, open, startedAt } };
}

/** Only where all that the last run has left is as the file says. */
function isRepetition(last: SourceNight, sha256: string, input: ImportInput): boolean {
  if (input.dryRun !== false || input.retryOf !== undefined) return false;
  return last.repeats && last.sha256 === sha256 && last.settings === settingsDigest(input);
}

/** Older runs than so many of a source are seldom undone. */
const MOST_UNDONE = 30;

/**
 * Whether users may be otherwise than the last run has left them: a later one has begun to change them and has not come to
 * its end, or any was undone since the last one began, or its report, which would say so, is gone.
 */
async function isOutdated(runs: Store, last: SourceNight): Promise<boolean> {
  const nights = await readNights(runs, last.source, MOST_UNDONE);
  const begun = await readBegun(runs, last.source);
  const isFinished = nights.some(({ run }) => run.runId === begun?.run.runId);
  if (begun && !isFinished && begun.at >= last.startedAt) return true;
  const are = await Promise.all(
    nights.map(async ({ run }) => {
      const folder = new RunLayout(runs, run);
      const isLast = run.runId === last.run.runId;
      const report = await readReport(folder);
      if (!report) return isLast;
      if (report.undone) return isLast || report.undone.at >= last.startedAt;
      return isUndoBegun(folder);
    }),
  );
  return are.includes(true);
}

/** Of one that has not come to its end the report says nothing. */
async function isUndoBegun({ store, undoFolder }: RunLayout): Promise<boolean> {
  for await (const _ of store.list(undoFolder)) return true;
  return false;
}

type Taken = Pick<TakenFile, 'file' | 'sha256'>;

async function take(deps: TakeDeps, input: ImportInput, signal: AbortSignal): Promise<Taken> {
  for (;;) {
    const { file, source } = await openTonights(deps, input, signal);
    try {
      return { file, sha256: await digestOf(source, signal) };
    } catch (error) {
      // Another content has taken its place in a bucket, whole again.
      if (!(error instanceof VersionChanged)) throw error;
    } finally {
      await source.close();
    }
  }
}

async function digestOf(source: Source, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of readAhead(source, { start: 0, end: source.bytes })) {
    signal.throwIfAborted();
    hash.update(part);
  }
  return hash.digest('hex');
}

/** A file in a folder counts once nobody has written it for so long. */
const QUIET_MS = 10_000;
const LOOK_EVERY_MS = 2_000;
/** Whoever takes longer to write it has not started early enough. */
const LONGEST_WAIT_MS = 15 * 60_000;

/** What a look at a file has shown, and when it first did. */
interface Seen extends Listed {
  at: number;
}

/** What has a name in a bucket is whole; in a folder somebody may still be writing it. */
async function openTonights(
  { importRoot, now }: TakeDeps,
  { file, newest }: ImportInput,
  signal: AbortSignal,
): Promise<{ file: string; source: Source }> {
  if (!newest) return { file, source: await importRoot.open(file) };
  const start = now().getTime();
  let before: Seen | undefined;
  for (;;) {
    const seen = await look(importRoot.store, file, now().getTime(), before);
    const source = await importRoot.open(seen.key);
    if (source.version !== undefined || isQuiet(seen, now().getTime())) {
      return { file: seen.key, source };
    }
    await source.close();
    if (now().getTime() - start >= LONGEST_WAIT_MS) {
      throw refusal(
        'file_changed',
        seen.key,
        'it is still being written; start again once it is whole',
      );
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    before = seen;
  }
}

/** By its own time; or by ours, where the clock of the folder is ahead. */
function isQuiet({ changedAt, at }: Seen, now: number): boolean {
  return now - changedAt.getTime() >= QUIET_MS || now - at >= QUIET_MS;
}

async function look(
  store: Store,
  pattern: string,
  now: number,
  before: Seen | undefined,
): Promise<Seen> {
  const found = newestMatch(await filesBeside(store, pattern), pattern);
  if (!found) {
    throw refusal('file_not_found', pattern, "no file below the worker's import root matches it");
  }
  // A folder's entries look at the file when they are asked.
  const { key, bytes, changedAt } = found;
  const isAsBefore =
    before?.key === key && before.bytes === bytes && Number(before.changedAt) === Number(changedAt);
  return { key, bytes, changedAt, at: isAsBefore ? before.at : now };
}

/** Those of the folder that a pattern names. */
async function filesBeside(store: Store, pattern: string): Promise<Listed[]> {
  if (!isKey(normal(pattern))) {
    const why = "it lies outside the worker's import root; put the file below it";
    throw refusal('file_outside_root', pattern, why);
  }
  const files: Listed[] = [];
  try {
    for await (const file of store.files(folderOf(pattern))) files.push(file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw refusal(
      'file_not_found',
      pattern,
      'its folder is a link, or no folder; name the folder itself',
    );
  }
  return files;
}

/**
 * The newest of the files that a pattern matches: of two of the same time the one whose name comes last, which may have
 * the later date in it.
 * @param pattern a path; in its last part `*` stands for any characters, and `?` for one
 */
export function newestMatch(files: Iterable<Listed>, pattern: string): Listed | undefined {
  const folder = folderOf(pattern);
  let newest: Listed | undefined;
  for (const file of files) {
    const name = posix.basename(file.key);
    if (folderOf(file.key) !== folder || isUnfinished(name)) continue;
    if (!matches([...name], [...posix.basename(normal(pattern))])) continue;
    if (!newest || isNewer(file, newest)) newest = file;
  }
  return newest;
}

function isNewer(one: Listed, other: Listed): boolean {
  const later = one.changedAt.getTime() - other.changedAt.getTime();
  return later === 0 ? one.key > other.key : later > 0;
}

/** As programs name what they have not written to its end. */
function isUnfinished(name: string): boolean {
  return name.startsWith('.') || /(\.(tmp|part|partial|filepart|crdownload)|~)$/i.test(name);
}

/** In time that grows with the product of both lengths at most, whatever the pattern: no expression goes back further. */
function matches(name: readonly string[], pattern: readonly string[]): boolean {
  let [at, star, taken] = [0, -1, 0];
  for (let i = 0; i < name.length;) {
    if (pattern[at] === '*') [star, taken, at] = [at, i, at + 1];
    else if (pattern[at] === '?' || pattern[at] === name[i]) [i, at] = [i + 1, at + 1];
    else if (star >= 0) [i, taken, at] = [taken + 1, taken + 1, star + 1];
    else return false;
  }
  return pattern.slice(at).every((character) => character === '*');
}

function normal(path: string): string {
  return posix.normalize(path);
}

function folderOf(path: string): string {
  const folder = posix.dirname(normal(path));
  return folder === '.' ? '' : folder;
}

function refusal(code: FileCode, file: string, why: string): FileError {
  return new FileError({ code, message: `${code}: "${file}": ${why}.` });
}
