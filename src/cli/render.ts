/** The progress of an import as text for a terminal. */
import type { Notice, Progress } from '../contract/import/progress.js';
import { isUndoProgress, type UndoProgress } from '../contract/undo/progress.js';
import { describeInvitations, describeLimit } from '../progress/details.js';
import { isLiveDryRun, roleHeadlines } from '../progress/plan-texts.js';
import { formatNumber, formatSeconds } from '../format.js';
import { renderSamples, renderValues } from './render-plan.js';
import {
  renderUndoLine,
  renderUndoStateLine,
  renderUndoStatus,
  renderUndoWaiting,
} from './render-undo.js';
import { asOptions } from './spelling.js';

/** The answer of an import, or of an undo, to the query `progress`. */
export type AnyProgress = Progress | UndoProgress;

export function renderProgressLine(progress: AnyProgress): string {
  if (isUndoProgress(progress)) return renderUndoLine(progress);
  const { rows, ratePerSecond, etaSeconds } = progress;
  // A phase that needs an operator comes first: a narrow terminal cuts the rest off.
  const parts = [renderPhase(progress)];
  if (rows.total > 0) {
    parts.push(`${formatNumber(rows.done)} of ${formatNumber(rows.total)} rows`);
    const { total: _, done: __, ...counts } = rows;
    for (const [name, count] of Object.entries(counts)) {
      if (count > 0) parts.push(`${formatNumber(count)} ${name.replace('_', ' ')}`);
    }
  }
  parts.push(...renderInvitations(progress));
  if (ratePerSecond !== null) parts.push(`${formatNumber(Math.round(ratePerSecond))}/s`);
  if (etaSeconds !== null) parts.push(`${formatSeconds(etaSeconds)} to go`);
  return parts.join(', ');
}

/** Only while invitations are sent; before that the rows matter. */
function renderInvitations({ phase, invitations }: Progress): string[] {
  const { due, sent, failed } = invitations;
  if (phase !== 'inviting') return [];
  return [
    `${formatNumber(sent)} of ${formatNumber(due)} invitations sent`,
    ...(failed > 0 ? [`${formatNumber(failed)} of them failed`] : []),
  ];
}

function renderPhase(progress: Progress): string {
  const { phase, paused } = progress;
  const isPreview = phase === 'importing' && isLiveDryRun(progress);
  const name =
    phase === 'awaiting-approval' ? 'WAITING FOR APPROVAL' : isPreview ? 'dry run' : phase;
  const held = phase === 'inviting' && progress.invitations.held ? 'HELD, ' : '';
  return paused ? `PAUSED, ${held}${name}` : `${held}${name}`;
}

/** What an import waits for, and the command that ends the wait. */
export function renderWaiting(progress: AnyProgress, workflowId: string): string[] {
  if (isUndoProgress(progress)) return renderUndoWaiting(progress, workflowId);
  const { phase, paused, invitations } = progress;
  return [
    ...(phase === 'inviting' && invitations.held
      ? [
          `Invitations are held. Send them: user-import release-invitations ${workflowId}   Leave them: user-import cancel ${workflowId}`,
        ]
      : []),
    ...(phase === 'awaiting-approval'
      ? [
          `Waiting for approval. Go on: user-import approve ${workflowId}   Stop it: user-import cancel ${workflowId}`,
          ...(progress.rows.done > 0
            ? [`What became of each row so far: user-import results ${workflowId}`]
            : []),
        ]
      : []),
    ...(paused ? [`Paused: nothing new starts. Go on: user-import resume ${workflowId}`] : []),
  ];
}

export function renderNotice({ at, text }: Notice): string {
  return `notice ${at} ${text}`;
}

/** The settings that hold now, in one line. */
export function renderState(progress: AnyProgress, workflowId: string): string {
  if (isUndoProgress(progress)) return renderUndoStateLine(progress, workflowId);
  const { chunks, mode, invitations } = progress;
  return [
    `${workflowId}: ${renderPhase(progress)}, chunks in flight: ${chunks.inFlight} (${describeLimit(progress)}), existing users: ${mode}, mails: at most ${formatNumber(invitations.perMinute)} a minute.`,
    ...renderWaiting(progress, workflowId),
  ].join(' ');
}

export function renderStatus(progress: AnyProgress, workflowId: string): string[] {
  if (isUndoProgress(progress)) return renderUndoStatus(progress, workflowId);
  const { mode, chunks, plan, notices } = progress;
  return [
    renderProgressLine(progress),
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
    ...plan.warnings.map((warning) => `warning ${asOptions(warning)}`),
    ...notices.map(renderNotice),
  ];
}
