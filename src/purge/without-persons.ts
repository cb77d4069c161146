/** The records of rows without personal data. */
import type { RowOutcome } from '../contract/import/outcomes.js';

/**
 * By identity ids and digests an undo still knows which users the run has created; what updated users were before is
 * gone.
 */
type ReducedOutcome = Pick<RowOutcome, 'line' | 'outcome' | 'invitation'> & {
  identityId: RowOutcome['identityId'] | undefined;
  codes: RowOutcome['codes'] | undefined;
  after: RowOutcome['after'] | undefined;
  changes: { path: string }[] | undefined;
};

export function withoutPersons(row: RowOutcome): ReducedOutcome {
  const { line, outcome, invitation, identityId, codes, after } = row;
  const changes = row.changes?.map(({ path }) => ({ path }));
  return { line, outcome, invitation, identityId, codes, after, changes };
}
