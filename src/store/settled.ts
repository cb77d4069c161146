/**
 * Which rows of a source are unchanged in file and Kratos, as validation found it: nothing is asked of Kratos for them.
 */
import type { OpenRun } from './open-run.js';
import type { Plan } from './plan.js';
import { PlanMissing } from './plan.js';

/** In the file `settled`, a byte a line: the first byte is that of line 0. */
export const SETTLED = 1;

/**
 * @param lines in ascending order
 * @returns those of them that are settled; none where the import is of no source, or its users were not listed
 * @throws PlanMissing where this worker does not see what validation has left
 */
export async function readSettled(
  { folder, plan }: Pick<OpenRun, 'folder' | 'plan'>,
  lines: readonly number[],
): Promise<Set<number>> {
  const [first, last] = [lines[0], lines.at(-1)];
  if (!plan.findings.source?.settled) return new Set();
  if (first === undefined || last === undefined) return new Set();
  const range = { start: first, bytes: last - first + 1 };
  const content = await folder.store.read(folder.ofPlan(plan.validation, 'settled'), { range });
  if (!content) throw new PlanMissing();
  return new Set(lines.filter((line) => content.bytes[line - first] === SETTLED));
}

/** Whether a chunk of the file has only settled and invalid rows, and so no outcomes. */
export function isSkipped({ source }: Pick<Plan, 'source'>, number: number): boolean {
  return (
    source?.skipped.some(({ chunk, chunks }) => chunk <= number && number < chunk + chunks) ?? false
  );
}
