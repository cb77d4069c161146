import type { DuePage } from '../contract/invitations.js';
import { dueOutcomes, writeDueUsers } from '../store/due-users.js';
import { isDecided, readInvitations } from '../store/invitation-ledger.js';
import { chunksOf, type OpenRun } from '../store/open-run.js';
import { readOutcomes } from '../store/outcomes.js';

/**
 * The next chunk that has users to invite. Its index of them is on disk when this returns.
 * @param from the chunk to begin with
 * @param onChunk called with each chunk that was read
 * @returns undefined when no chunk has any more
 */
export async function nextDuePage(
  openRun: OpenRun,
  from: number,
  onChunk: (chunk: number) => void,
): Promise<DuePage | undefined> {
  for await (const chunk of chunksOf(openRun, from)) {
    onChunk(chunk.number);
    const outcomes = (await readOutcomes(chunk)) ?? [];
    const due = dueOutcomes(outcomes);
    if (due.length === 0) continue;
    const decided = await readInvitations(chunk);
    const lines = due.map(({ line }) => line).filter((line) => !isDecided(decided.get(line)));
    if (lines.length === 0) continue;
    await writeDueUsers(chunk, outcomes);
    return { chunk: chunk.number, lines };
  }
  return undefined;
}
