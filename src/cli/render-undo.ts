/** The progress and the outcome of an undo as text for a terminal. */
import type { UndoSummary } from '../contract/undo/outcomes.js';
import type { UndoProgress } from '../contract/undo/progress.js';
import { formatNumber, formatSeconds } from '../format.js';
import { describePlanDetails, describeUndone, describeWhat } from '../progress/undo-details.js';

export function renderUndoLine(progress: UndoProgress): string {
  const { rows, undone, plan, phase, ratePerSecond, etaSeconds } = progress;
  const counts = phase === 'undoing' || phase === 'reporting' ? undone : plan;
  return [
    renderPhase(progress),
    ...(rows.total > 0
      ? [`${formatNumber(rows.done)} of ${formatNumber(rows.total)} users`, describeUndone(counts)]
      : []),
    ...(ratePerSecond === null ? [] : [`${formatNumber(Math.round(ratePerSecond))}/s`]),
    ...(etaSeconds === null ? [] : [`${formatSeconds(etaSeconds)} to go`]),
  ].join(', ');
}

function renderPhase({ phase, paused }: UndoProgress): string {
  const name = phase === 'awaiting-approval' ? 'WAITING FOR APPROVAL' : phase;
  return paused ? `PAUSED, ${name}` : name;
}

export function renderUndoWaiting({ phase, paused }: UndoProgress, workflowId: string): string[] {
  return [
    ...(phase === 'awaiting-approval'
      ? [
          `Waiting for approval. Carry it out: user-import approve ${workflowId}   Leave it: user-import cancel ${workflowId}`,
        ]
      : []),
    ...(paused ? [`Paused: nothing new starts. Go on: user-import resume ${workflowId}`] : []),
  ];
}

export function renderUndoStateLine(progress: UndoProgress, workflowId: string): string {
  return [
    `${workflowId}: ${renderUndoLine(progress)}.`,
    ...renderUndoWaiting(progress, workflowId),
  ].join(' ');
}

export function renderUndoStatus(progress: UndoProgress, workflowId: string): string[] {
  return [
    renderUndoLine(progress),
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
