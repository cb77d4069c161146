/** The progress and the outcome of an undo as text for a terminal. */
import type { UndoSummary } from '../contract/undo/outcomes.js';
import type { UndoProgress } from '../contract/undo/progress.js';
import {
  describeLeft,
  describePlanDetails,
  describePlanned,
  describeRuns,
  describeUndone,
  describeUndoneDetails,
  describeWhat,
} from '../progress/undo-details.js';
import { formatNumber } from '../format.js';
import { indented, renderNotice, renderWait } from './lines.js';
import { renderFiles } from './render-failures.js';
import { factsOf, renderProgressLine } from './progress-facts.js';
import type { Line } from './terminal.js';

/** As many as somebody may read before they approve. */
const MOST_RUNS = 30;

/** What an undo waits for, and the commands that end the wait. */
export function renderUndoWaiting(
  { phase, paused, cancelling }: UndoProgress,
  workflowId: string,
): Line[] {
  if (cancelling) return [];
  return [
    ...(phase === 'awaiting-approval'
      ? renderWait('Nothing is changed: the undo waits for its approval.', [
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

/** Said when nobody waits for the plan any more. */
export function renderStillPlanning(workflowId: string): Line[] {
  return [
    '',
    ...renderWait('The undo goes on reading users, and changes nothing before it is approved.', [
      { what: 'see the plan', command: `user-import status ${workflowId}` },
      { what: 'leave it', command: `user-import cancel ${workflowId}` },
    ]),
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
    ...progress.notices.map((notice) => renderNotice(notice)),
  ];
}

/** The plan of an undo. */
export function renderPlan(progress: UndoProgress): Line[] {
  const { plan } = progress;
  return [
    describeWhat(progress),
    `plan: ${describePlanned(plan)}`,
    ...[
      ...describePlanDetails(plan),
      ...describeRuns(progress, MOST_RUNS),
      ...describeLeft(progress, MOST_RUNS),
    ].map((line) => indented(line)),
  ].filter((line) => line !== '');
}

export function renderUndone({ undoOf, undone, notReached, runs }: UndoSummary): Line[] {
  const { workflowId, runId } = undoOf;
  const run = runId === null ? '' : `, run ${runId}`;
  return [
    `The undo of ${workflowId}${run} is done: ${describeUndone(undone)}.`,
    ...describeUndoneDetails(undone).map((line) => indented(line)),
    ...(notReached > 0 ? [`  not reached: ${formatNumber(notReached)}`] : []),
    ...runs.flatMap((each) => [
      ...(runs.length > 1
        ? [`${each.run.workflowId}, run ${each.run.runId}: ${describeUndone(each.undone)}`]
        : []),
      ...renderFiles(each.folder, each.files),
    ]),
  ];
}
