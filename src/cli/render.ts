/** The progress of an import as text for a terminal. */
import type { Progress } from '../contract/import/progress.js';
import { isUndoProgress } from '../contract/undo/progress.js';
import { describeInvitations, describeLimit } from '../progress/details.js';
import { roleHeadlines } from '../progress/plan-texts.js';
import { formatNumber } from '../format.js';
import { renderNotice, renderWait, warningLine } from './lines.js';
import { factsOf, renderProgressLine, type AnyProgress } from './progress-facts.js';
import { renderSamples, renderValues } from './render-plan.js';
import { renderUndoState, renderUndoStatus, renderUndoWaiting } from './render-undo.js';
import { asOptions } from './spelling.js';
import type { Line } from './terminal.js';

/** What an import waits for, and the commands that end the wait. */
export function renderWaiting(progress: AnyProgress, workflowId: string): Line[] {
  if (isUndoProgress(progress)) return renderUndoWaiting(progress, workflowId);
  const { phase, paused, cancelling, invitations } = progress;
  if (cancelling) return [];
  const stop = { what: 'stop it', command: `user-import cancel ${workflowId}` };
  return [
    ...(phase === 'inviting' && invitations.held
      ? renderWait('Invitations are held.', [
          { what: 'send them', command: `user-import release-invitations ${workflowId}` },
          { ...stop, what: 'leave them' },
        ])
      : []),
    ...(phase === 'awaiting-approval'
      ? renderWait('Waiting for approval.', [
          { what: 'go on', command: `user-import approve ${workflowId}` },
          stop,
          ...(progress.rows.done > 0
            ? [{ what: 'row by row', command: `user-import results ${workflowId}` }]
            : namesUsers(progress)
              ? [{ what: 'who they are', command: `user-import results ${workflowId} --emails` }]
              : []),
        ])
      : []),
    ...(paused
      ? renderWait('Paused: nothing new starts.', [
          { what: 'go on', command: `user-import resume ${workflowId}` },
        ])
      : []),
  ];
}

/** Whether the results have users before any row is imported: who would leave, or be taken in. */
function namesUsers({ source }: Progress): boolean {
  return source !== undefined && source.leavers.total + source.adoptable > 0;
}

/** The settings that hold now. */
export function renderState(progress: AnyProgress, workflowId: string): Line[] {
  if (isUndoProgress(progress)) return renderUndoState(progress, workflowId);
  const { chunks, mode, invitations } = progress;
  const { tone, text } = factsOf(progress).state;
  return [
    { tone, text: `${workflowId}: ${text}` },
    `chunks in flight: ${chunks.inFlight} (${describeLimit(progress)}), existing users: ${mode}, mails: at most ${formatNumber(invitations.perMinute)} a minute`,
    ...renderWaiting(progress, workflowId),
  ];
}

export function renderStatus(progress: AnyProgress, workflowId: string): Line[] {
  if (isUndoProgress(progress)) return renderUndoStatus(progress, workflowId);
  const { mode, chunks, plan, notices } = progress;
  return [
    progressLine(progress),
    ...roleHeadlines(progress),
    ...renderWaiting(progress, workflowId),
    `chunks: ${formatNumber(chunks.done)} of ${formatNumber(chunks.total)} done, ${chunks.inFlight} in flight (${describeLimit(progress)}); existing users: ${mode}`,
    ...(progress.invitations.due > 0 ? [`invitations: ${describeInvitations(progress)}`] : []),
    ...(progress.knownUsers === undefined ? [] : [progress.knownUsers]),
    ...(progress.changes.length > 0 ? [`changed: ${progress.changes.join(', ')}`] : []),
    ...(progress.rows.total > 0 ? renderValues(plan) : []),
    ...(plan.csv === undefined ? [] : [`the file: ${plan.csv}`]),
    ...(plan.updates === undefined ? [] : [plan.updates]),
    ...renderSamples(progress),
    ...plan.warnings.map((warning) => warningLine(asOptions(warning))),
    ...notices.map((notice) => renderNotice(notice)),
  ];
}

/** The line of progress, in the tone of its state. */
function progressLine(progress: AnyProgress): Line {
  return { tone: factsOf(progress).state.tone, text: renderProgressLine(progress) };
}
