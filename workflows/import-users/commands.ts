/**
 * What the operator's commands do to a running import, and the reports of its activities and invitations. Pure: `now`
 * is the workflow's clock, in milliseconds since 1970.
 */
import {
  parseCommand,
  type Command,
  type CommandName,
  type ParsedCommand,
} from '../../src/contract/import/commands.js';
import type { InvitationStatus } from '../../src/contract/invitations.js';
import type { StallReport } from '../../src/contract/stall.js';
import type { PendingApproval } from '../../src/contract/status.js';
import { decrease } from '../../src/flow-control/aimd.js';
import { addNotice } from '../shared/notices.js';
import { endPause, pause } from '../shared/pausing.js';
import {
  allowedChunks,
  endApproval,
  endStall,
  recordApproval,
  recordEvent,
  recordMails,
  startRate,
  type ImportRun,
  type ImportState,
} from './state.js';

/** Refuses a bad argument, and a command that makes no sense now. */
export function checkCommand(
  state: ImportState,
  name: CommandName,
  argument: unknown,
  isCancelled: boolean,
): ParsedCommand {
  const parsed = parseCommand(name, argument);
  const refusal = parsed.ok ? refusalOf(state, name, isCancelled) : undefined;
  return refusal === undefined ? parsed : { ok: false, refusal: `${name}: ${refusal}` };
}

function refusalOf(
  { phase, pendingApproval, held }: ImportState,
  name: CommandName,
  isCancelled: boolean,
): string | undefined {
  if (isCancelled) return 'the import is being cancelled.';
  if (phase === 'reporting') return 'the import is writing its report.';
  if (name === 'approve' && !pendingApproval) return 'nothing waits for approval.';
  if (name === 'releaseInvitations' && !held) return 'no invitations are held.';
  return undefined;
}

export function applyCommand(state: ImportState, command: Command, now: number): void {
  const record = (text: string) => recordEvent(state, 'operator', text, now);
  switch (command.name) {
    case 'pause':
      if (pause(state, 'operator')) {
        record('Paused: nothing new starts, what is in flight finishes. Go on with resume.');
      }
      break;
    case 'resume':
      resume(state, now);
      break;
    case 'approve':
      approve(state, now);
      break;
    case 'releaseInvitations':
      state.held = false;
      record('Invitations are released.');
      break;
    case 'setMode':
      state.mode = command.value;
      record(`Existing users: ${command.value}, from the next chunk on.`);
      // The question was whether to change them.
      if (state.mode === 'skip' && asksOfExisting(state.pendingApproval)) {
        endApproval(state);
        startRate(state, now);
      }
      break;
    case 'setConcurrency':
      state.concurrency = command.value;
      record(`Chunks in flight: ${command.value} at most.`);
      break;
    case 'setEmailRate':
      state.perMinute = command.value;
      record(`Invitations: ${command.value} mails a minute at most.`);
  }
  // The end of a pause or of a hold, and another rate, show in the history of the mails.
  if (state.phase === 'inviting') recordMails(state, state.invited, now);
}

/** Those that ask whether users who exist may be changed: nobody asks where they are skipped. */
function asksOfExisting(approval: PendingApproval | undefined): boolean {
  return approval === 'mode' || approval === 'adoption' || approval === 'leavers';
}

function resume(state: ImportState, now: number): void {
  if (!endPause(state)) return;
  state.resumes++;
  state.sinceResume = { processed: 0, failed: 0 };
  startRate(state, now);
  recordEvent(state, 'operator', 'Resumed.', now);
}

/** What an approval means. */
const APPROVED: Record<PendingApproval, string> = {
  plan: 'the import goes on after the plan',
  canary: 'the import goes on after the canary',
  adoption: 'users of no source are taken into this one',
  leavers: 'whoever is not in the file leaves',
  mode: 'existing users are updated from now on',
};

function approve(state: ImportState, now: number): void {
  const approval = state.pendingApproval!;
  const { sha256 } = state.findings!;
  const ofFile = approval === 'mode' ? '' : ` The file's SHA-256 is ${sha256}.`;
  recordEvent(state, 'operator', `Approved: ${APPROVED[approval]}.${ofFile}`, now);
  recordApproval(state);
  startRate(state, now);
}

/** An activity waits for something: the import slows down or pauses, and says why. */
export function applyStall(run: ImportRun, { runId, kind, text }: StallReport, now: number): void {
  const { state, ref } = run;
  // Late, from a chunk that is done or from an earlier run: nothing would ever report the end of this stall.
  if (runId !== ref.runId || !mayStall(run, kind)) return;
  if (kind === 'overloaded') {
    slowDown(state, text, now);
    state.stall ??= kind;
    return;
  }
  const isNew = state.stall !== kind;
  state.stall = kind;
  const notice = kind === 'unauthorized' && pause(state, 'token') ? `Paused. ${text}` : text;
  // The notices repeat it at each try; the report says when it began and when it ended.
  if (isNew) recordEvent(state, 'import', notice, now);
  else addNotice(state, notice, now);
}

function mayStall({ state: { phase }, inFlight }: ImportRun, kind: StallReport['kind']): boolean {
  if (inFlight.size > 0 || phase === 'validating' || phase === 'reporting') return true;
  // What Kratos answers to an invitation, the invitations report with their status.
  return phase === 'inviting' && kind === 'unavailable';
}

function slowDown(state: ImportState, text: string, now: number): void {
  const before = allowedChunks(state);
  const isFirst = state.limit.limit === undefined;
  state.limit = decrease(state.limit, state.concurrency, now);
  const after = allowedChunks(state);
  if (!isFirst && after >= before) return;
  const notice = `${text} Slowing down: chunks in flight at most ${after}, before ${before}.`;
  if (isFirst) recordEvent(state, 'import', notice, now);
  else addNotice(state, notice, now);
}

export function applyInvitationStatus(
  { state, ref }: ImportRun,
  { runId, counts, notices, stopped, awaitsToken, away, resumes }: InvitationStatus,
  now: number,
): void {
  if (runId !== ref.runId) return;
  recordMails(state, counts, now);
  state.areMailsWaiting = away === true && !awaitsToken;
  if (awaitsToken) pause(state, 'token');
  else endStall(state, now);
  for (const text of notices) recordEvent(state, 'import', text, now);
  // A status from before the last resume knows nothing of it.
  if (stopped && resumes === state.resumes) pause(state, 'invitations');
}
