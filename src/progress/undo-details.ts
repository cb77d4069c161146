/**
 * The progress of an undo as text: lines for a terminal, Markdown for the workflow's current details in the Temporal
 * UI. What is only planned is told in words that nobody can take for something done.
 */
import type { RunWithUsers } from '../contract/undo/input.js';
import type { RunUndoProgress, UndoProgress } from '../contract/undo/progress.js';
import type { RunUndoCounts, UndoCounts } from '../contract/undo/outcomes.js';
import { describeCodes } from '../contract/findings.js';
import { UNDO_PHASES } from '../contract/status.js';
import { formatNumber, formatTime } from '../format.js';
import { renderCommands, renderEnd, type RunEnd } from './end-details.js';
import { shortText, withoutLinks } from './short-text.js';

const MOST_NOTICES = 10;
/** Temporal takes 20,000 bytes. */
const MOST_RUNS = 8;
const MOST_OF_A_FILE_NAME = 100;

/** Whether users may be deleted and restored by now; before that there is a plan alone. */
export function isCarriedOut({ phase }: Pick<UndoProgress, 'phase'>): boolean {
  return phase === 'undoing' || phase === 'reporting' || phase === 'done';
}

/** @param end what came of an undo that has ended */
export function renderUndoDetails(
  progress: UndoProgress,
  workflowId: string,
  end?: RunEnd,
): string {
  const { plan, undone, notices } = progress;
  const latest = notices.slice(-MOST_NOTICES).reverse();
  const parts = [
    `**${end?.title ?? title(progress)}**`,
    ...(end ? renderEnd(end) : []),
    describeWhat(progress),
    describeReach(progress),
    ...(isCarriedOut(progress) ? [`**Undone**: ${describeUndone(undone)}`] : []),
    `**Plan**: ${describePlanned(plan)}`,
    list([...describePlanDetails(plan), ...describeRuns(progress), ...describeLeft(progress)]),
    list(latest.map(({ at, text }) => `${formatTime(at)}: ${withoutLinks(shortText(text))}`)),
    ...(end ? [] : [commandsToCopy(progress, workflowId)]),
    '\u00a0',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function title({ phase, paused, cancelling }: UndoProgress): string {
  if (cancelling) return 'CANCELLING — what is in flight finishes';
  return `${paused ? 'PAUSED — ' : ''}${UNDO_PHASES[phase].line}`;
}

/** Which import is undone, and whether `force` extends it to users in use. */
export function describeWhat({ undoOf, runs, forced }: UndoProgress): string {
  if (runs.length === 0) return '';
  const force = forced ? ', also of users who are in use (force)' : '';
  const { workflowId } = undoOf;
  const [only] = runs;
  if (runs.length > 1) {
    return `Undo of ${workflowId}, all of its ${formatNumber(runs.length)} runs with users${force}.`;
  }
  return `Undo of ${only!.run.workflowId}, run ${only!.run.runId}${force}.`;
}

/** How far it is, and while nothing was approved, that it has changed nothing. */
function describeReach(progress: UndoProgress): string {
  const { rows, phase } = progress;
  const count = `${formatNumber(rows.done)} of ${formatNumber(rows.total)}`;
  if (isCarriedOut(progress)) return `${count} users`;
  return phase === 'awaiting-approval'
    ? 'nothing is changed yet'
    : `reading users, ${count} (nothing is changed yet)`;
}

/** `deleted 12, restored 3, kept 2`. */
export function describeUndone({
  deleted,
  restored,
  kept,
  already_deleted,
  undoneBefore,
}: RunUndoCounts): string {
  return [
    `deleted ${formatNumber(deleted)}`,
    `restored ${formatNumber(restored)}`,
    `kept ${formatNumber(kept)}`,
    ...(already_deleted > 0 ? [`already deleted ${formatNumber(already_deleted)}`] : []),
    ...(undoneBefore > 0 ? [`undone before ${formatNumber(undoneBefore)}`] : []),
  ].join(', ');
}

/** `to delete: 12 users, to restore: 3, to keep: 2`. */
export function describePlanned({
  deleted,
  restored,
  kept,
  already_deleted,
  undoneBefore,
}: RunUndoCounts): string {
  return [
    `to delete: ${formatNumber(deleted)} ${deleted === 1 ? 'user' : 'users'}`,
    `to restore: ${formatNumber(restored)}`,
    `to keep: ${formatNumber(kept)}`,
    ...(already_deleted > 0 ? [`already deleted: ${formatNumber(already_deleted)}`] : []),
    ...(undoneBefore > 0 ? [`undone before: ${formatNumber(undoneBefore)}`] : []),
  ].join(', ');
}

/** The reasons for which users would be kept, and what cannot be undone, a line each. */
export function describePlanDetails({
  reasons,
  mailed,
  counted,
  warnings,
}: UndoProgress['plan']): string[] {
  return [
    ...describeCodes(reasons).map((reason) => `to keep, ${reason}`),
    ...(counted > 0
      ? [`${formatNumber(counted)} count twice or more: a later one of these runs updated them`]
      : []),
    ...describeMailed(mailed, 'those to delete'),
    ...warnings,
  ];
}

/** The same of what was done. */
export function describeUndoneDetails({ reasons, mailed }: UndoCounts): string[] {
  return [
    ...describeCodes(reasons).map((reason) => `kept, ${reason}`),
    ...describeMailed(mailed, 'those deleted'),
  ];
}

function describeMailed(mailed: number, whom: string): string[] {
  if (mailed === 0) return [];
  return [`mails that went out cannot be undone: ${formatNumber(mailed)} of ${whom} got one`];
}

/** What is planned, or done, for each run; nothing where there is one alone. */
export function describeRuns(progress: UndoProgress, most = MOST_RUNS): string[] {
  const { runs } = progress;
  if (runs.length <= 1) return [];
  const describeCounts = ({ plan, undone }: RunUndoProgress) =>
    isCarriedOut(progress) ? describeUndone(undone) : describePlanned(plan);
  return withMost(runs, most, (run) => {
    const { runId } = run.run;
    return `${describeRun(run, progress)}: ${describeCounts(run)} (run ${runId})`;
  });
}

/** Runs of the import that this undo leaves, each with the command that undoes it. */
export function describeLeft(progress: UndoProgress, most = MOST_RUNS): string[] {
  return withMost(progress.left, most, (left) => {
    const { run, rows } = left;
    const users = `${formatNumber(rows)} ${rows === 1 ? 'user' : 'users'}`;
    return `not part of it: ${describeRun(left, progress)}: ${users}. Undo them: user-import undo ${run.workflowId} --run ${run.runId}`;
  });
}

function describeRun({ run, startedAt, file }: RunWithUsers, { undoOf }: UndoProgress): string {
  const name = run.workflowId === undoOf.workflowId ? '' : `${run.workflowId}, `;
  return `${name}${formatTime(startedAt)}, ${withoutLinks(shortText(file, MOST_OF_A_FILE_NAME))}`;
}

function withMost<T>(items: T[], most: number, describe: (item: T) => string): string[] {
  const more = items.length - most;
  return [
    ...items.slice(0, most).map(describe),
    ...(more > 0 ? [`and ${formatNumber(more)} older ones`] : []),
  ];
}

function list(lines: string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** The commands that make sense now, ready for a shell. */
function commandsToCopy({ phase, paused, cancelling }: UndoProgress, id: string): string {
  const steering = [
    ...(phase === 'awaiting-approval' ? [['carry the plan out', `approve ${id}`]] : []),
    paused ? ['go on', `resume ${id}`] : ['pause it', `pause ${id}`],
    ['stop it', `cancel ${id}`],
  ];
  const commands = [['watch it', `watch ${id}`], ...(cancelling ? [] : steering)];
  return renderCommands(
    commands.map(([what, command]) => ({ what: what!, command: `user-import ${command}` })),
  );
}
