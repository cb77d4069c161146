/** The activities that send an import's invitations: thin, over what src/invitations decides. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { RunRef } from '../src/contract/ids.js';
import type { InvitationSettings, SendingWindow } from '../src/contract/import/input.js';
import {
  CONTROL_QUERY,
  isInvitationControl,
  type DuePage,
  type InvitationControl,
  type InvitationResult,
} from '../src/contract/invitations.js';
import { nextDuePage } from '../src/invitations/due-rows.js';
import {
  giveUpInvitation,
  sendInvitation,
  type SendInvitationDeps,
} from '../src/invitations/send-invitation.js';
import { openingAt, type Opening } from '../src/invitations/window.js';
import { openChunk } from '../src/store/open-run.js';
import { runAttempt } from './attempt.js';
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

export interface OpeningRequest {
  run: RunRef;
  window: SendingWindow;
  /** Milliseconds since 1970. */
  at: number;
}

export function invitationActivities(deps: SendInvitationDeps, openRun: OpenRunById) {
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
