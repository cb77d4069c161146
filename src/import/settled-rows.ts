/** Rows that are unchanged in file and Kratos, as validation has found it: nobody is asked about them again. */
import type { Mode } from '../contract/import/input.js';
import type { OpenRun } from '../store/open-run.js';
import { readSettled } from '../store/settled.js';
import type { Candidate } from './candidate.js';
import type { Decision, Decisions } from './decision.js';

/**
 * @param candidates in the order of their lines
 * @param existingIds by line: a settled row has its user there
 */
export async function decideSettled(
  run: Pick<OpenRun, 'folder' | 'plan'>,
  candidates: Candidate[],
  existingIds: ReadonlyMap<number, string>,
  mode: Mode,
): Promise<Decisions> {
  const settled = await readSettled(
    run,
    candidates.map(({ line }) => line),
  );
  const isPreview = run.plan.use === 'preview';
  const decide = (identityId: string): Decision => {
    if (mode === 'update') return { outcome: 'unchanged', identityId, invitation: 'none' };
    if (isPreview) return { outcome: 'would_skip', identityId };
    return { outcome: 'skipped', identityId, invitation: 'none' };
  };
  const decisions: Decisions = new Map();
  for (const line of settled) {
    const id = existingIds.get(line);
    if (id !== undefined) decisions.set(line, decide(id));
  }
  return decisions;
}
