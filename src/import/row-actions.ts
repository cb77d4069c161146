/** Rows that say themselves what is to be done. */
import type { Mode } from '../contract/import/input.js';
import type { ImportRow } from '../identity/identity.js';
import type { Candidate } from './candidate.js';
import type { Decision, Decisions } from './decision.js';
import { findUsers, type LookupApi } from './find-user.js';
import type { Leaver } from './leave-users.js';

interface ByAction {
  /** Nobody is asked about them. */
  skipped: Candidate[];
  /** Their users are to leave. */
  leaving: Candidate[];
  others: Candidate[];
}

/** Where existing users are skipped, no row can say otherwise. */
export function byAction(candidates: Candidate[], mode: Mode): ByAction {
  const rows: ByAction = { skipped: [], leaving: [], others: [] };
  for (const candidate of candidates) {
    const { action } = candidate.importRow;
    const creates = action === undefined || action === 'create';
    if (action === 'skip' || (mode === 'skip' && !creates)) rows.skipped.push(candidate);
    else if (leavingOf(candidate.importRow)) rows.leaving.push(candidate);
    else rows.others.push(candidate);
  }
  return rows;
}

/** Of a row that is to update somebody. */
export const NO_SUCH_USER: Decision = {
  outcome: 'left_alone',
  codes: ['no_such_user'],
  invitation: 'none',
};

/**
 * Looks up the users of rows that say that they are to leave.
 * @param decisions gets those of the rows whose look-up Kratos refuses
 */
export async function findLeavers(
  kratos: LookupApi,
  candidates: Candidate[],
  existingIds: ReadonlyMap<number, string>,
  decisions: Decisions,
): Promise<Leaver[]> {
  const lookups = await findUsers(kratos, candidates, existingIds, decisions);
  return [...lookups].flatMap(([{ line, importRow }, { match: user }]) => {
    const wanted = leavingOf(importRow);
    return wanted ? [{ line, user, wanted, isTold: true }] : [];
  });
}

function leavingOf({ action }: ImportRow): 'deactivate' | 'delete' | undefined {
  return action === 'deactivate' || action === 'delete' ? action : undefined;
}
