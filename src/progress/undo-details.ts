/**
 * The progress of an undo as text: lines for a terminal, Markdown for the workflow's current details in the Temporal
 * UI.
 */
import type { UndoProgress } from '../contract/undo/progress.js';
import type { UndoCounts } from '../contract/undo/outcomes.js';
import { describeCodes } from '../contract/findings.js';
import { UNDO_PHASES } from '../contract/status.js';
import { formatNumber, formatTime } from '../format.js';
import { renderCommands, renderEnd, type RunEnd } from './end-details.js';
import { shortText, withoutLinks } from './short-text.js';

const MOST_NOTICES = 10;

/** @param end what came of an undo that has ended */
export function renderUndoDetails(
  progress: UndoProgress,
  workflowId: string,
  end?: RunEnd,
): string {
  const { rows, phase, plan, undone, notices } = progress;
  const latest = notices.slice(-MOST_NOTICES).reverse();
  const isUndoing =
    phase !== 'preflight' && phase !== 'previewing' && phase !== 'awaiting-approval';
  const parts = [
    `**${end?.title ?? title(progress)}**`,
    ...(end ? renderEnd(end) : []),
    describeWhat(progress),
    `${formatNumber(rows.done)} of ${formatNumber(rows.total)} users`,
    ...(isUndoing ? [`**Undone**: ${describeUndone(undone)}`] : []),
    `**Plan**: ${describeUndone(plan)}`,
    list(describePlanDetails(plan)),
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
export function describeWhat({ undoOf, forced }: UndoProgress): string {
  if (!undoOf) return '';
  const force = forced ? ', also of users who are in use (force)' : '';
  return `Undo of ${undoOf.workflowId}, run ${undoOf.runId}${force}.`;
}

/** `deleted 12, restored 3, kept 2`. */
export function describeUndone({
  deleted,
  restored,
  kept,
  already_deleted,
  undoneBefore,
}: UndoCounts): string {
  return [
    `deleted ${formatNumber(deleted)}`,
    `restored ${formatNumber(restored)}`,
    `kept ${formatNumber(kept)}`,
    ...(already_deleted > 0 ? [`already deleted ${formatNumber(already_deleted)}`] : []),
    ...(undoneBefore > 0 ? [`undone before ${formatNumber(undoneBefore)}`] : []),
  ].join(', ');
}

/** The reasons for which users are kept, and what cannot be undone, a line each. */
export function describePlanDetails({
  reasons,
  mailed,
  warnings = [],
}: UndoCounts & { warnings?: string[] }): string[] {
  return [
    ...describeCodes(reasons).map((reason) => `kept, ${reason}`),
    ...(mailed > 0
      ? [`mails that went out cannot be undone: ${formatNumber(mailed)} of those deleted got one`]
      : []),
    ...warnings,
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
