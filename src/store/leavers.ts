/** The users of a source who are not in the file, as validation found them. Hints: each is read again before they leave. */
import { ID_BYTES, idAt } from './identity-ids.js';
import { LEAVER_LINE } from '../contract/import/outcomes.js';
import type { OpenChunk, OpenRun } from './open-run.js';
import { linesOf } from './parts-of.js';
import { PlanMissing } from './plan.js';
import type { PlanFile } from './run-layout.js';

/**
 * The ids of a chunk of leavers, in the order of their lines.
 * @throws PlanMissing where this worker does not see what validation has left
 */
export async function readLeavers({ folder, plan, range }: OpenChunk): Promise<string[]> {
  const start = (range.line - LEAVER_LINE) * ID_BYTES;
  const part = { start, bytes: range.rows * ID_BYTES };
  const key = folder.ofPlan(plan.validation, 'leavers');
  const content = await folder.store.read(key, { range: part });
  if (content?.bytes.length !== part.bytes) throw new PlanMissing();
  return Array.from({ length: range.rows }, (_, i) => idAt(content.bytes, i * ID_BYTES)!);
}

/** A user for people to read. */
export interface NamedUser {
  identityId: string;
  /** What they are known by, harmless for spreadsheets; empty where that is not known. */
  email: string;
}

type PlannedRun = Pick<OpenRun, 'folder' | 'plan'>;

/** The leavers in the order of their lines, by the names that they had when the file was validated. */
export async function* streamLeaverNames(run: PlannedRun): AsyncGenerator<NamedUser> {
  for await (const text of linesIn(run, 'leavers.csv')) yield namedUser(text);
}

/** The users of rows who would be taken into the source, in any order; none where the import takes nobody in. */
export async function* streamAdoptable(
  run: PlannedRun,
): AsyncGenerator<NamedUser & { line: number }> {
  for await (const text of linesIn(run, 'adoptable.csv')) {
    const [line, rest] = cut(text);
    yield { line: Number(line), ...namedUser(rest) };
  }
}

function linesIn({ folder, plan }: PlannedRun, file: PlanFile): AsyncGenerator<string> {
  return linesOf(folder.store, folder.ofPlan(plan.validation, file));
}

function namedUser(text: string): NamedUser {
  const [identityId, cell] = cut(text);
  const isQuoted = cell.startsWith('"');
  return { identityId, email: isQuoted ? cell.slice(1, -1).replaceAll('""', '"') : cell };
}

/** The first cell, and what follows it. */
function cut(text: string): [string, string] {
  const comma = text.indexOf(',');
  return [text.slice(0, comma), text.slice(comma + 1)];
}
