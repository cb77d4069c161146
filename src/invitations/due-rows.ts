import type { DuePage } from '../contract/invitations.js';
import { readChunk, type Plan } from '../store/plan.js';
import { readInvitations } from '../store/invitation-ledger.js';
import { readOutcomes } from '../store/outcomes.js';
import type { RunFolder } from '../store/run-folder.js';

/**
 * The next chunk that has anybody to invite.
 * @param from the chunk to begin with
 * @param looked told of each chunk that was looked at
 * @returns undefined when there is none any more
 */
export async function nextDuePage(
  folder: RunFolder,
  plan: Plan,
  from: number,
  looked: (chunk: number) => void,
): Promise<DuePage | undefined> {
  for (let chunk = from; chunk <= plan.findings.chunks; chunk++) {
    looked(chunk);
    const range = await readChunk(folder, plan, chunk);
    const outcomes = (await readOutcomes(folder, chunk, range)) ?? [];
    const due = outcomes.filter(({ invitation }) => invitation === 'due');
    if (due.length === 0) continue;
    const decided = await readInvitations(folder, chunk, range);
    const lines = due.map(({ line }) => line).filter((line) => !decided.has(line));
    if (lines.length > 0) return { chunk, lines };
  }
  return undefined;
}
