/** The admin's commands to an undo, taken as signals and as updates, and the trouble that its activities tell of. */
import {
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import type { UndoProgress } from '../../src/contract/undo/progress.js';
import {
  UNDO_COMMAND_NAMES,
  UNDO_COMMANDS,
  type UndoCommandName,
} from '../../src/contract/undo/commands.js';
import { isStallReport, STALL_SIGNAL, type StallReport } from '../../src/contract/stall.js';
import { decrease } from '../../src/flow-control/aimd.js';
import { addNotice, pause } from '../import-users/state.js';
import { commandRefused } from '../import-users/commands.js';
import {
  beginPass,
  publishDetails,
  startUndoRate,
  toUndoProgress,
  undoChunksAllowed,
  type UndoJob,
  type UndoState,
} from './state.js';

/** From here on the undo can be steered. Called before anything is waited for, so that no command comes too early. */
export function handleCommands(job: UndoJob): void {
  // First, since it is given all signals that have come before, in their order.
  setDefaultSignalHandler((name, ...[argument]: unknown[]) => {
    if (name === STALL_SIGNAL) {
      if (isStallReport(argument)) onStall(job, argument);
    } else if (isCommandName(name)) onCommandSignal(job, name);
    else
      refuse(job, `A signal of an unknown name came; they are ${UNDO_COMMAND_NAMES.join(', ')}.`);
  });
  for (const name of UNDO_COMMAND_NAMES) {
    const description = UNDO_COMMANDS[name];
    setHandler(defineSignal(name), () => onCommandSignal(job, name), { description });
    setHandler(
      defineUpdate<UndoProgress>(name),
      () => {
        applyCommand(job, name);
        return toUndoProgress(job);
      },
      {
        description,
        validator: () => {
          const refusal = refusalOf(job, name);
          if (refusal) throw commandRefused(refusal);
        },
      },
    );
  }
}

function isCommandName(name: string): name is UndoCommandName {
  return Object.hasOwn(UNDO_COMMANDS, name);
}

function onCommandSignal(job: UndoJob, name: UndoCommandName): void {
  const refusal = refusalOf(job, name);
  if (refusal) refuse(job, refusal);
  else applyCommand(job, name);
}

function refuse(job: UndoJob, refusal: string): void {
  addNotice(job.state, `Nothing changed. ${refusal}`);
  publishDetails(job);
}

function refusalOf({ state, scope }: UndoJob, name: UndoCommandName): string | undefined {
  if (scope.consideredCancelled) return `${name}: the undo is being cancelled.`;
  if (state.phase === 'reporting') return `${name}: the undo is writing its report.`;
  if (name === 'approve' && state.phase !== 'awaiting-approval') {
    return 'approve: there is no plan to approve.';
  }
  return undefined;
}

function applyCommand(job: UndoJob, name: UndoCommandName): void {
  const { state } = job;
  if (name === 'approve') {
    state.approved = true;
    beginPass(state, 'undoing');
    addNotice(state, 'Approved: users are taken back.');
  } else if (name === 'resume') resume(state);
  else if (pause(state, 'operator')) {
    addNotice(state, 'Paused: nothing new starts, what is in flight finishes. Go on with resume.');
  }
  publishDetails(job);
}

function resume(state: UndoState): void {
  if (state.pausedBy.length === 0) return;
  state.pausedBy = [];
  startUndoRate(state);
  addNotice(state, 'Resumed.');
}

/** An activity waits for something. */
function onStall(job: UndoJob, { runId, kind, text }: StallReport): void {
  const { state, inFlight, undo } = job;
  const isAtWork = inFlight.size > 0 || state.phase === 'reporting';
  // Late word of a chunk that is done, or of an earlier run: nothing would ever say that it is over.
  if (runId !== undo.runId || !isAtWork) return;
  if (kind === 'overloaded') {
    state.limit = decrease(state.limit, undoChunksAllowed(state), Date.now());
    state.stall ??= kind;
  } else {
    state.stall = kind;
    addNotice(state, kind === 'unauthorized' && pause(state, 'token') ? `Paused. ${text}` : text);
  }
  publishDetails(job);
}
