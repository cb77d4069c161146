/** What goes in and out of a running undo: commands and reports in, its progress out. */
import { CancellationScope, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Ending } from '../../src/contract/report.js';
import { UNDO_COMMANDS } from '../../src/contract/undo/commands.js';
import { isStallReport, STALL_SIGNAL } from '../../src/contract/stall.js';
import type { RunEnd } from '../../src/progress/end-details.js';
import { renderUndoDetails } from '../../src/progress/undo-details.js';
import { handleCommands } from '../shared/command-handlers.js';
import { tellEnd, tellOperators, type Facts } from '../shared/notifications.js';
import { applyCommand, applyStall, checkCommand } from './commands.js';
import { standingOf } from './standing.js';
import { toProgress, type UndoRun } from './state.js';

export function handleMessages(run: UndoRun): void {
  const { state } = run;
  const scope = CancellationScope.current();
  handleCommands({
    state,
    commands: UNDO_COMMANDS,
    check: (name) => checkCommand(state, name, scope.consideredCancelled),
    apply: (name) => applyCommand(state, name, Date.now()),
    reports: {
      [STALL_SIGNAL]: (report) => {
        if (isStallReport(report)) applyStall(run, report, Date.now());
      },
    },
    progress: {
      description: 'The plan, and what has been undone of it, in numbers',
      current: () => toProgress(run),
    },
    publish: () => publish(run),
  });
}

/**
 * Shows the progress in Temporal's UI.
 * @param end what came of a run that ends now
 */
export function publish(run: UndoRun, end?: RunEnd): void {
  setCurrentDetails(renderUndoDetails(toProgress(run), run.ref.workflowId, end));
  tellOperators(run, () => factsOf(run));
}

function factsOf(run: UndoRun): Facts {
  const { startTime } = workflowInfo();
  const { phase, rows, plan, undone } = toProgress(run);
  const { deleted, restored, already_deleted, kept } = run.state.approved ? undone : plan;
  return {
    ...standingOf(run, startTime.getTime()),
    ...{ of: 'undo', phase, rows: { ...rows, deleted, restored, already_deleted, kept } },
  };
}

/** The last that operators are told of it. */
export async function publishEnding(run: UndoRun, reason: Ending): Promise<void> {
  await tellEnd(run, { ...factsOf(run), occasions: [{ what: 'ended', reason }], isStalled: false });
}
