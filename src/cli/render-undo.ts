/** The progress and the outcome of an undo as text for a terminal. */
import type { UndoSummary } from '../contract/undo/outcomes.js';
import type { UndoProgress } from '../contract/undo/progress.js';
import { describePlanDetails, describeUndone, describeWhat } from '../progress/undo-details.js';
import { renderWait } from './lines.js';
import { factsOf, renderProgressLine } from './progress-facts.js';
import type { Line } from './terminal.js';

/** What an undo waits for, and the commands that end the wait. */
export function renderUndoWaiting(
  { phase, paused, cancelling }: UndoProgress,
  workflowId: string,
): Line[] {
  if (cancelling) return [];
  return [
    ...(phase === 'awaiting-approval'
      ? renderWait('Waiting for approval.', [
          { what: 'carry it out', command: `user-import approve ${workflowId}` },
          { what: 'leave it', command: `user-import cancel ${workflowId}` },
        ])
      : []),
    ...(paused
      ? renderWait('Paused: nothing new starts.', [
          { what: 'go on', command: `user-import resume ${workflowId}` },
        ])
      : []),
  ];
}

export function renderUndoState(progress: UndoProgress, workflowId: string): Line[] {
  const { tone } = factsOf(progress).state;
  return [
    { tone, text: `${workflowId}: ${renderProgressLine(progress)}` },
    ...renderUndoWaiting(progress, workflowId),
  ];
}

export function renderUndoStatus(progress: UndoProgress, workflowId: string): Line[] {
  const { tone } = factsOf(progress).state;
  return [
    { tone, text: renderProgressLine(progress) },
    ...renderUndoWaiting(progress, workflowId),
    ...renderPlan(progress),
    ...progress.notices.map(({ at, text }) => `notice ${at} ${text}`),
  ];
}

/** The plan of an undo, before anything is done. */
export function renderPlan(progress: UndoProgress): string[] {
  const { plan } = progress;
  return [
    describeWhat(progress),
    `plan: ${describeUndone(plan)}`,
    ...describePlanDetails(plan).map((line) => `  ${line}`),
  ];
}

export function renderUndone({ undoOf, undone, folder, files }: UndoSummary): string[] {
  return [
    `The undo of ${undoOf.workflowId}, run ${undoOf.runId}, is done: ${describeUndone(undone)}.`,
    ...describePlanDetails(undone).map((line) => `  ${line}`),
    `Files: ${folder}`,
    ...files.map((file) => `  ${file}`),
  ];
}
