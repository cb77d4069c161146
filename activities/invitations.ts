/** The activities that send an import's invitations: thin, over what src/invitations decides. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { InputError } from '../src/contract/errors.js';
import { chunkLabel, type RunRef } from '../src/contract/ids.js';
import type { InvitationSettings, SendingWindow } from '../src/contract/import/input.js';
import {
  CONTROL_QUERY,
  isInvitationControl,
  type DuePage,
  type InvitationControl,
  type InvitationResult,
} from '../src/contract/invitations.js';
import { linesOf } from '../src/contract/line-ranges.js';
import { turnsOfRequests } from '../src/flow-control/turns.js';
import { nextDuePage } from '../src/invitations/due-rows.js';
import { kratosInTurns, MAILS_AT_ONCE } from '../src/invitations/kratos-in-turns.js';
import { findLostStep } from '../src/invitations/lost-step.js';
import {
  giveUpInvitation,
  sendInvitation,
  type SendInvitationDeps,
} from '../src/invitations/send-invitation.js';
import { sendStep } from '../src/invitations/send-step.js';
import type { LostStep, StepResult } from '../src/invitations/step-result.js';
import { openingAt, type Opening } from '../src/invitations/window.js';
import { isStepId } from '../src/store/invitation-ledger.js';
import { openChunk } from '../src/store/open-run.js';
import { runAttempt } from './attempt.js';
import { toFailure, toMailFailure } from './failures.js';
import type { OpenRunById } from './open-run.js';

/** A row whose invitation is due. */
export interface InvitationRef {
  run: RunRef;
  chunk: number;
  line: number;
}

export interface InvitationRequest extends InvitationRef {
  /** Milliseconds until its mail may go out. */
  waitMs: number;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn'>;
}

/** Mails of one chunk that one step carries. */
export interface MailsRef {
  run: RunRef;
  chunk: number;
  /** An id, which no other step has. */
  step: string;
  /** The lines of their users, as ranges. */
  lines: string;
}

export interface MailsRequest extends MailsRef {
  /** Milliseconds until the first mail may go out, and from each to the next. */
  waitMs: number;
  everyMs: number;
  settings: Pick<InvitationSettings, 'method' | 'expiresIn'>;
}

export interface OpeningRequest {
  run: RunRef;
  window: SendingWindow;
  /** Milliseconds since 1970. */
  at: number;
}

export interface InvitationDeps extends SendInvitationDeps {
  /** Aborted when the worker is being ended. */
  handBack?: AbortSignal | undefined;
}

export function invitationActivities(deps: InvitationDeps, openRun: OpenRunById) {
  const turns = turnsOfRequests(MAILS_AT_ONCE);
  return {
    /** The next chunk with invitations that are due, and their lines; heartbeats the chunk that it reads. */
    listDueInvitations({ run, from }: { run: RunRef; from: number }): Promise<DuePage | undefined> {
      return runAttempt({ run }, async ({ progress }) => {
        return nextDuePage(await openRun(run), from, (chunk) => progress({ chunk }));
      });
    },

    /** What the import orders now, from the import itself. */
    readInvitationControl({ run }: { run: RunRef }): Promise<InvitationControl> {
      return runAttempt({ run }, async () => {
        const handle = Context.current().client.workflow.getHandle(run.workflowId);
        const control = await handle.query<unknown, [string]>(CONTROL_QUERY, run.runId);
        if (isInvitationControl(control)) return control;
        throw new Error('another workflow has the id of the import');
      });
    },

    /** Waits for the mail's slot and sends the mail, unless the user needs no invitation any more. */
    sendInvitation(request: InvitationRequest): Promise<InvitationResult> {
      const { run, chunk, line, waitMs, settings } = request;
      return runAttempt({ run, chunk }, async ({ isGivenUp, signal }) => {
        await sleep(waitMs, undefined, { signal });
        const invitation = { ...(await openChunk(await openRun(run), chunk)), line, settings };
        return sendInvitation(deps, invitation, isGivenUp);
      });
    },

    /** Sends several mails, each at its slot; answers what became of each, in counts and exceptions. */
    sendMails({ run, chunk, ...step }: MailsRequest): Promise<StepResult> {
      checkStep(step);
      const label = chunkLabel(run, chunk);
      return runAttempt({ run, chunk }, async ({ isGivenUp, signal }) => {
        const mails = { ...(await openChunk(await openRun(run), chunk)), ...step };
        const options = { isGivenUp, signal, handBack: deps.handBack };
        const kratos = kratosInTurns(deps.kratos, turns, signal);
        return sendStep({ ...deps, kratos }, mails, {
          ...options,
          toFailure: (error) => toMailFailure(error, label),
        });
      });
    },

    /** What the ledger tells of a step that has given no answer. */
    findLostMails({ run, chunk, ...step }: MailsRef): Promise<LostStep> {
      checkStep(step);
      return runAttempt({ run, chunk }, async () =>
        findLostStep(deps, { ...(await openChunk(await openRun(run), chunk)), ...step }),
      );
    },

    /** Counts an invitation as failed that could not go out within its time. */
    giveUpInvitation({ run, chunk, line, why }: InvitationRef & { why: string }): Promise<void> {
      return runAttempt({ run, chunk }, async () => {
        const openedChunk = await openChunk(await openRun(run), chunk);
        await giveUpInvitation(openedChunk, { line, why, at: deps.now() });
      });
    },

    /**
     * The opening of the window that holds a moment, or is the next after it. Not decided in the workflow: time zones
     * change with the machine's data.
     */
    nextOpening({ run, window, at }: OpeningRequest): Promise<Opening> {
      return runAttempt({ run }, () => Promise.resolve(openingAt(window, at)));
    },
  };
}

/** The id becomes a part of a file's name, and lines become places in a file. */
function checkStep({ step, lines }: Pick<MailsRef, 'step' | 'lines'>): void {
  try {
    if (isStepId(step) && linesOf(lines).length > 0) return;
  } catch {
    // Refused below, in words that repeat nothing.
  }
  throw toFailure(new InputError('A step of mails has an id, and ranges of lines.'), '');
}
