/** What is left of the records of rows once nobody is to be found in them. */
import type { RowOutcome } from '../contract/import/outcomes.js';

/** By identity ids and digests an undo still knows whom the run has created; what updated users were before is gone. */
export type ReducedOutcome = Pick<
  RowOutcome,
  'line' | 'outcome' | 'identityId' | 'codes' | 'invitation' | 'after'
> & { changes?: { path: string }[] };

export function withoutPersons(row: RowOutcome): ReducedOutcome {
  const { line, outcome, identityId, codes, invitation, after, changes } = row;
  return {
    ...{ line, outcome, invitation },
    ...(identityId !== undefined && { identityId }),
    ...(codes && { codes }),
    ...(after && { after }),
    ...(changes && { changes: changes.map(({ path }) => ({ path })) }),
  };
}
