import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readFully } from '../csv/byte-source.js';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import { cutBlock } from '../csv/records.js';
import { leftOutReader } from '../identity/left-out.js';
import type { OpenRun } from './open-run.js';
import { ignoreMissing } from './ignore-missing.js';
import { readTrailer, unpack } from './packed-source.js';
import { openToRead } from './plain-file.js';
import type { ChunkRange, Plan } from './plan.js';
import type { RunLayout } from './run-layout.js';
import { openSource, type Source } from './source.js';

/**
 * The rows of a chunk, proven to be those that were validated.
 * @throws FileError `file_changed`, or that the file is not there
 */
export async function readChunkRows(
  importRoot: string,
  { folder, plan }: Pick<OpenRun, 'folder' | 'plan'>,
  range: ChunkRange,
): Promise<CsvRow[]> {
  const source = await openSource(importRoot, plan.file);
  let bytes: Buffer;
  try {
    if (source.bytes !== plan.fileBytes) throw fileChanged(plan, range);
    bytes = plan.packed
      ? await readText(source, folder, plan, range)
      : await readFully(source.handle, range.start, range.bytes);
  } finally {
    await source.handle.close();
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== range.sha256) throw fileChanged(plan, range);
  const leavesOut = leftOutReader(plan.map, plan.nothing);
  return parseBlock(cutBlock(bytes, range.start, range.line, plan.dialect), { leavesOut });
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
  { handle, bytes }: Source,
  { sourceText }: RunLayout,
  plan: Plan,
  range: ChunkRange,
): Promise<FileHandle> {
  if ((await readTrailer(handle, bytes)) !== plan.packed!.trailer) throw fileChanged(plan, range);
  const text = await openToRead(sourceText).catch(ignoreMissing);
  if (text) return text;
  const { sha256 } = await unpack(handle, bytes, sourceText, () => undefined);
  if (sha256 !== plan.findings.sha256) throw fileChanged(plan, range);
  return openToRead(sourceText);
}

function fileChanged({ file }: Plan, { line }: ChunkRange): FileError {
  return new FileError({
    code: 'file_changed',
    line,
    message: `file_changed: "${file}" is not what it was when it was validated (seen at the rows from line ${line} on). Start a new import of the file as it is now; users who were imported already are then skipped.`,
  });
}
