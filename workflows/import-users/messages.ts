/** What goes in and out of a running import: commands and reports in, its progress out. */
import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import { COMMANDS } from '../../src/contract/import/commands.js';
import type { Progress, SourceProgress } from '../../src/contract/import/progress.js';
import {
  CONTROL_QUERY,
  INVITATION_STATUS_SIGNAL,
  isInvitationStatus,
} from '../../src/contract/invitations.js';
import type { Ending } from '../../src/contract/report.js';
import { isStallReport, STALL_SIGNAL } from '../../src/contract/stall.js';
import type { RunEnd } from '../../src/progress/end-details.js';
import { renderDetails } from '../../src/progress/details.js';
import { handleCommands } from '../shared/command-handlers.js';
import { tellEnd, tellOperators, type Facts } from '../shared/notifications.js';
import { applyCommand, applyInvitationStatus, applyStall, checkCommand } from './commands.js';
import { list } from './listing.js';
import { toProgress } from './progress.js';
import { invitationControl, type ImportRun } from './state.js';
import { standingOf } from './standing.js';
import { countWaits } from './waits.js';

export function handleMessages(run: ImportRun): void {
  const { state } = run;
  const scope = CancellationScope.current();
  handleCommands({
    state,
    commands: COMMANDS,
    check: (name, argument) => checkCommand(state, name, argument, scope.consideredCancelled),
    apply: (command) => applyCommand(state, command, Date.now()),
    reports: {
      [STALL_SIGNAL]: (report) => {
        if (isStallReport(report)) applyStall(run, report, Date.now());
      },
      [INVITATION_STATUS_SIGNAL]: (status) => {
        if (isInvitationStatus(status)) applyInvitationStatus(run, status, Date.now());
      },
    },
    questions: {
      // Another import may have come under the same id since.
      [CONTROL_QUERY]: (runId) => (runId === run.ref.runId ? invitationControl(state) : null),
    },
    progress: {
      description: 'Rows, chunks, rate and notices of this import, in numbers',
      current: () => toProgress(run),
    },
    publish: () => publish(run),
  });
}

/**
 * Shows the progress in Temporal's UI and in lists, and in metrics what an operator is waited for; tells operators who
 * do not look.
 * @param end what came of a run that ends now
 */
export function publish(run: ImportRun, end?: RunEnd): void {
  countWaits(run);
  setCurrentDetails(renderDetails(toProgress(run), run.ref.workflowId, end));
  list(run);
  tellOperators(run, () => factsOf(run));
}

function factsOf(run: ImportRun): Facts {
  const { phase, rows, source, invitations } = toProgress(run);
  const { due, sent, failed } = invitations;
  return {
    ...standingOf(run),
    ...{ of: 'import', phase, rows: { ...rows, ...(source && leaversIn(rows, source.leavers)) } },
    invitations: due > 0 ? { due, sent, failed } : undefined,
  };
}

/** Who is not in the file, which has no rows of them. */
function leaversIn(
  rows: Progress['rows'],
  { total, deactivated, deleted }: SourceProgress['leavers'],
): Record<string, number> {
  return {
    ...{ deactivated: rows.deactivated + deactivated, deleted: rows.deleted + deleted },
    not_in_file: total,
  };
}

/**
 * The last that operators are told of it.
 * @param isTold whether it needs any of them
 */
export async function publishEnding(run: ImportRun, reason: Ending, isTold = true): Promise<void> {
  const occasions = isTold ? [{ what: 'ended', reason } as const] : [];
  await tellEnd(run, { ...factsOf(run), occasions, isStalled: false });
}
