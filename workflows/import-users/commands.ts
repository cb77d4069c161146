/** The admin's commands, taken as signals and as updates, and what the activities say of the trouble they are in. */
import {
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import {
  COMMAND_NAMES,
  COMMANDS,
  parseCommand,
  type Command,
  type CommandName,
} from '../../src/contract/import/commands.js';
import { isStallReport, STALL_SIGNAL, type StallReport } from '../../src/contract/stall.js';
import {
  isInvitationStatus,
  INVITATION_STATUS_SIGNAL,
  type InvitationStatus,
} from '../../src/contract/invitations.js';
import type { Progress } from '../../src/contract/import/progress.js';
import { currentLimit, decrease } from '../../src/flow-control/aimd.js';
import {
  recordMails,
  addNotice,
  pause,
  recordEvent,
  publishDetails,
  startRate,
  toProgress,
  endStall,
  type ImportJob,
  type ImportState,
} from './state.js';

/** From here on the import can be steered. Called before anything is waited for, so that no command comes too early. */
export function handleCommands(job: ImportJob): void {
  // First, since it is given all signals that have come before, in their order: a handler for each name would take its own
  // before those that came earlier.
  setDefaultSignalHandler((name, ...[argument]: unknown[]) => {
    if (name === STALL_SIGNAL && isStallReport(argument)) onStall(job, argument);
    else if (name === INVITATION_STATUS_SIGNAL && isInvitationStatus(argument))
      onInvitationStatus(job, argument);
    else if (isCommandName(name)) onCommandSignal(job, name, argument);
    else if (name !== STALL_SIGNAL && name !== INVITATION_STATUS_SIGNAL) onUnknownSignal(job);
  });
  for (const name of COMMAND_NAMES) {
    const description = COMMANDS[name];
    setHandler(defineSignal<[unknown]>(name), (argument) => onCommandSignal(job, name, argument), {
      description,
    });
    setHandler(
      defineUpdate<Progress, [unknown]>(name),
      (argument) => {
        applyCommand(job, validateCommand(job, name, argument));
        return toProgress(job);
      },
      { description, validator: (argument) => void validateCommand(job, name, argument) },
    );
  }
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function onCommandSignal(job: ImportJob, name: CommandName, argument: unknown): void {
  try {
    applyCommand(job, validateCommand(job, name, argument));
  } catch (refusal) {
    addNotice(job.state, `Nothing changed. ${(refusal as Error).message}`);
    publishDetails(job);
  }
}

/** @throws ApplicationFailure that says why not: a bad argument, no gate to open, or an import that is being cancelled */
function validateCommand(job: ImportJob, name: CommandName, argument: unknown): Command {
  const parsed = parseCommand(name, argument);
  const refusal = parsed.ok ? refusalOf(job, parsed.command) : parsed.refusal;
  if (!parsed.ok || refusal) throw commandRefused(refusal!);
  return parsed.command;
}

export function commandRefused(refusal: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(refusal, 'CommandRefused');
  // Temporal's pages would show it below the reason.
  failure.stack = '';
  return failure;
}

function refusalOf({ state, scope }: ImportJob, { name }: Command): string | undefined {
  if (scope.consideredCancelled) return `${name}: the import is being cancelled.`;
  if (state.phase === 'reporting') return `${name}: the import is writing its report.`;
  if (name === 'approve' && !state.pendingApproval)
    return 'approve: there is no open gate to approve.';
  if (name === 'releaseInvitations' && !state.held) {
    return 'releaseInvitations: no invitations are held.';
  }
  return undefined;
}

function applyCommand(job: ImportJob, command: Command): void {
  const { state } = job;
  switch (command.name) {
    case 'pause':
      if (pause(state, 'operator')) {
        recordEvent(
          state,
          'operator',
          'Paused: nothing new starts, what is in flight finishes. Go on with resume.',
        );
      }
      break;
    case 'resume':
      resume(state);
      break;
    case 'approve':
      recordEvent(
        state,
        'operator',
        `Approved: the import goes on after the ${state.pendingApproval}.`,
      );
      state.approved = [...state.approved, state.pendingApproval!];
      delete state.pendingApproval;
      state.phase = 'importing';
      startRate(state);
      break;
    case 'releaseInvitations':
      state.held = false;
      recordEvent(state, 'operator', 'Invitations are released.');
      break;
    case 'setMode':
      state.mode = command.value;
      recordEvent(state, 'operator', `Users who exist: ${command.value}, from the next chunk on.`);
      break;
    case 'setConcurrency':
      state.concurrency = command.value;
      recordEvent(state, 'operator', `Chunks in flight: ${command.value} at most.`);
      break;
    case 'setEmailRate':
      state.perMinute = command.value;
      recordEvent(state, 'operator', `Invitations: ${command.value} mails a minute at most.`);
  }
  // Where a pause ends or a hold is over, the course of the mails bends.
  if (state.phase === 'inviting') recordMails(state, state.invited);
  publishDetails(job);
}

function resume(state: ImportState): void {
  if (state.pausedBy.length === 0) return;
  state.pausedBy = [];
  state.resumes++;
  state.sinceResume = { processed: 0, failed: 0 };
  startRate(state);
  recordEvent(state, 'operator', 'Resumed.');
}

/** An activity waits for something. */
function onStall(job: ImportJob, { runId, kind, text }: StallReport): void {
  const { state, inFlight, run } = job;
  const isAtWork =
    inFlight.size > 0 ||
    state.phase === 'validating' ||
    state.phase === 'reporting' ||
    // What Kratos says then, the invitations tell themselves.
    (state.phase === 'inviting' && kind === 'waiting');
  // Late word of a chunk that is done, or of an earlier run: nothing would ever say that it is over.
  if (runId !== run.runId || !isAtWork) return;
  if (kind === 'overloaded') {
    const before = currentLimit(state.limit, state.concurrency);
    const isFirst = state.limit.limit === undefined;
    state.limit = decrease(state.limit, state.concurrency, Date.now());
    const now = currentLimit(state.limit, state.concurrency);
    if (isFirst || now < before) {
      const slower = `${text} Slowing down: chunks in flight at most ${now}, before ${before}.`;
      if (isFirst) recordEvent(state, 'import', slower);
      else addNotice(state, slower);
    }
    state.stall ??= kind;
  } else {
    const isNew = state.stall !== kind;
    state.stall = kind;
    const message = kind === 'unauthorized' && pause(state, 'token') ? `Paused. ${text}` : text;
    // What it waits for is told at each try; the report says when it began and when it was over.
    if (isNew) recordEvent(state, 'import', message);
    else addNotice(state, message);
  }
  publishDetails(job);
}

/** How the invitations stand. */
function onInvitationStatus(
  job: ImportJob,
  { runId, counts, notices, stopped, awaitsToken, resumes }: InvitationStatus,
): void {
  const { state, run } = job;
  if (runId !== run.runId) return;
  recordMails(state, counts);
  if (awaitsToken) pause(state, 'token');
  else endStall(state);
  for (const text of notices) recordEvent(state, 'import', text);
  // What they say of a pause from before the last resume is no longer so.
  if (stopped && resumes === state.resumes) pause(state, 'invitations');
  publishDetails(job);
}

function onUnknownSignal(job: ImportJob): void {
  addNotice(
    job.state,
    `Nothing changed. A signal of an unknown name came; the signals are ${COMMAND_NAMES.join(', ')}.`,
  );
  publishDetails(job);
}
