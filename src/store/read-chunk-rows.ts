import { createHash } from 'node:crypto';
import { readFully } from '../csv/byte-source.js';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import { cutBlock } from '../csv/records.js';
import { leftOutReader } from '../identity/left-out.js';
import type { ImportRoot, Source } from './import-root.js';
import type { OpenRun } from './open-run.js';
import { readTrailer, textIn, unpack } from './packed-source.js';
import type { ChunkRange, Plan } from './plan.js';
import type { RunLayout } from './run-layout.js';
import { VersionChanged } from './store.js';

/**
 * The rows of a chunk, proven to be those that were validated.
 * @throws FileError `file_changed`, or that the file is not there
 */
export async function readChunkRows(
  importRoot: ImportRoot,
  { folder, plan }: Pick<OpenRun, 'folder' | 'plan'>,
  range: ChunkRange,
): Promise<CsvRow[]> {
  const bytes = await readRange(importRoot, folder, plan, range).catch((error: unknown) => {
    throw error instanceof VersionChanged ? fileChanged(plan, range) : error;
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== range.sha256) throw fileChanged(plan, range);
  const leavesOut = leftOutReader(plan.map, plan.nothing);
  return parseBlock(cutBlock(bytes, range.start, range.line, plan.dialect), { leavesOut });
}

async function readRange(
  importRoot: ImportRoot,
  folder: RunLayout,
  plan: Plan,
  range: ChunkRange,
): Promise<Buffer> {
  const known = { bytes: plan.fileBytes, version: plan.fileVersion };
  const source = await importRoot.open(plan.file, known);
  try {
    if (source.bytes !== plan.fileBytes) throw fileChanged(plan, range);
    return plan.packed
      ? await readText(source, folder, plan, range)
      : await readFully(source, range.start, range.bytes);
  } finally {
    await source.close();
  }
}

/** The bytes of a packed file's text. */
async function readText(
  source: Source,
  folder: RunLayout,
  plan: Plan,
  range: ChunkRange,
): Promise<Buffer> {
  const text = await openText(source, folder, plan, range);
  try {
    return await readFully(text, range.start, range.bytes);
  } finally {
    await text.close();
  }
}

/** The text is unpacked again where the run's copy is gone, as after a reset of a run that had ended. */
async function openText(
  source: Source,
  { store, sourceText }: RunLayout,
  plan: Plan,
  range: ChunkRange,
): Promise<Source> {
  const trailer = await readTrailer(source, source.bytes);
  if (trailer !== plan.packed!.trailer) throw fileChanged(plan, range);
  const place = textIn(store, sourceText);
  const there = await place.open();
  if (there) return there;
  const { sha256 } = await unpack(source, source.bytes, place, () => undefined);
  if (sha256 !== plan.findings.sha256) throw fileChanged(plan, range);
  const unpacked = await place.open();
  if (!unpacked) throw new VersionChanged(sourceText);
  return unpacked;
}

function fileChanged({ file }: Plan, { line }: ChunkRange): FileError {
  return new FileError({
    code: 'file_changed',
    line,
    message: `file_changed: "${file}" is not what it was when it was validated (seen at the rows from line ${line} on). Start a new import of the file as it is now; users who were imported already are then skipped.`,
  });
}
