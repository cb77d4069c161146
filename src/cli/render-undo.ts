/** The progress and the outcome of an undo as text for a terminal. */
import type { UndoSummary } from '../contract/undo/outcomes.js';
import type { UndoProgress } from '../contract/undo/progress.js';
import { formatNumber, formatSeconds } from '../format.js';
import {
  describeLeft,
  describePlanDetails,
  describePlanned,
  describeReach,
  describeRuns,
  describeUndone,
  describeUndoneDetails,
  describeWhat,
  isCarriedOut,
} from '../progress/undo-details.js';

/** As many as somebody may read before they approve. */
const MOST_RUNS = 30;

/** While nothing is approved it says so, and counts nothing that could be taken for done. */
export function renderUndoLine(progress: UndoProgress): string {
  const { rows, undone, plan, phase, ratePerSecond, etaSeconds } = progress;
  const isWaiting = phase === 'awaiting-approval';
  return [
    ...renderPhase(progress),
    ...(rows.total === 0 ? [] : [describeReach(progress)]),
    ...(isCarriedOut(progress) ? [describeUndone(undone)] : []),
    ...(isWaiting ? [describePlanned(plan)] : []),
    ...(ratePerSecond === null ? [] : [`${formatNumber(Math.round(ratePerSecond))}/s`]),
    ...(etaSeconds === null ? [] : [`${formatSeconds(etaSeconds)} to go`]),
  ].join(', ');
}

function renderPhase({ phase, paused, rows }: UndoProgress): string[] {
  const isReading = phase === 'previewing' && rows.total > 0;
  const name = phase === 'awaiting-approval' ? 'WAITING FOR APPROVAL' : phase;
  return [...(paused ? ['PAUSED'] : []), ...(isReading ? [] : [name])];
}

export function renderUndoWaiting({ phase, paused }: UndoProgress, workflowId: string): string[] {
  return [
    ...(phase === 'awaiting-approval'
      ? [
          'Nothing is changed: the undo waits for its approval.',
          `Carry it out: user-import approve ${workflowId}`,
          `Leave it: user-import cancel ${workflowId}`,
        ]
      : []),
    ...(paused ? [`Paused: nothing new starts. Go on: user-import resume ${workflowId}`] : []),
  ];
}

/** Said when nobody waits for the plan any more. */
export function renderStillPlanning(workflowId: string): string[] {
  return [
    '',
    'The undo goes on reading users, and changes nothing before it is approved.',
    `See the plan: user-import status ${workflowId}`,
    `Leave it: user-import cancel ${workflowId}`,
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

/** The plan of an undo. */
export function renderPlan(progress: UndoProgress): string[] {
  const { plan } = progress;
  return [
    describeWhat(progress),
    `plan: ${describePlanned(plan)}`,
    ...[
      ...describePlanDetails(plan),
      ...describeRuns(progress, MOST_RUNS),
      ...describeLeft(progress, MOST_RUNS),
    ].map((line) => `  ${line}`),
  ].filter((line) => line !== '');
}

export function renderUndone({ undoOf, undone, notReached, runs }: UndoSummary): string[] {
  const { workflowId, runId } = undoOf;
  const run = runId === null ? '' : `, run ${runId}`;
  return [
    `The undo of ${workflowId}${run} is done: ${describeUndone(undone)}.`,
    ...describeUndoneDetails(undone).map((line) => `  ${line}`),
    ...(notReached > 0 ? [`  not reached: ${formatNumber(notReached)}`] : []),
    ...runs.flatMap((each) => [
      ...(runs.length > 1
        ? [`${each.run.workflowId}, run ${each.run.runId}: ${describeUndone(each.undone)}`]
        : []),
      `Files: ${each.folder}`,
      ...each.files.map((file) => `  ${file}`),
    ]),
  ];
}
