/** Does a user of a source leave? Decided anew of the user as Kratos has them just before, by a rule that is pure. */
import type { LeftAloneCode } from '../contract/codes.js';
import type { RunRef } from '../contract/ids.js';
import type { MissingDo } from '../contract/import/input.js';
import type { Change } from '../contract/import/outcomes.js';
import { changesAt } from '../identity/differences.js';
import type { FoundIdentity } from '../identity/identity.js';
import { MARK_PATH, markOf, type SourceMark } from '../identity/origin.js';
import { isActive } from '../identity/source-match.js';
import type { PlanSource } from '../store/plan.js';
import type { RunBy } from './judge.js';
import type { PermittedChanges } from './permitted-changes.js';

export type LeaveDecision =
  | { do: 'deactivate'; changes: Change[] }
  | { do: 'delete' }
  | { do: 'report' }
  /** An attempt before has done it: its intent is there, and so is its effect. */
  | { do: 'done' }
  /** Gone, inactive already, or let in again by hand where that is kept. */
  | { do: 'none' }
  | { do: 'keep'; codes: LeftAloneCode[] };

/** What is to become of somebody who leaves. */
export type Leaving = Exclude<MissingDo, 'nothing'>;

export interface LeaveRules {
  source: PlanSource;
  permitted: Pick<PermittedChanges, 'outside'>;
  wanted: Leaving;
  /** Whether a row of theirs says so; otherwise the file has no row of theirs. */
  isTold: boolean;
  by: RunBy;
  /** What attempts before were about to change; absent where none was about to do anything. */
  begun: readonly Change[] | undefined;
}

/** @param user undefined where they are not there any more */
export function decideLeave(
  user: FoundIdentity | undefined,
  { source, permitted, wanted, isTold, by, begun }: LeaveRules,
): LeaveDecision {
  if (!user) return { do: begun && wanted === 'delete' ? 'done' : 'none' };
  const mark = markOf(user.fields.metadata_admin);
  const isOurs = mark?.name === source.name;
  const canSignIn = isActive(user.fields);
  if (begun && isOurs && !canSignIn && isBy(mark, by.run)) return { do: 'done' };
  const outside = permitted.outside(user);
  if (outside) return { do: 'keep', codes: [outside] };
  if (!isOurs) return { do: 'keep', codes: ['other_source'] };

  const isLetIn = canSignIn && mark.deactivated !== undefined;
  if (isLetIn && source.onDrift === 'keep') return { do: 'none' };
  if (canSignIn) return wanted === 'deactivate' ? deactivation(user, mark, by) : { do: wanted };
  // Somebody whom others have blocked is deleted by a row of theirs alone.
  const isDeleted = wanted === 'delete' && (isTold || mark.deactivated !== undefined);
  return { do: isDeleted ? 'delete' : 'none' };
}

function isBy({ deactivated }: SourceMark, { workflowId, runId }: RunRef): boolean {
  return deactivated?.workflowId === workflowId && deactivated.runId === runId;
}

function deactivation(
  { fields }: FoundIdentity,
  mark: SourceMark,
  { run, at }: RunBy,
): LeaveDecision {
  const deactivated = { workflowId: run.workflowId, runId: run.runId, at };
  return {
    do: 'deactivate',
    changes: [
      ...changesAt('/state', fields, 'inactive'),
      ...changesAt(MARK_PATH, fields, { ...mark, deactivated }),
    ],
  };
}
