/** A run as Temporal and its own files show it together: its state, its counts, and what can be done next. Pure. */
import { WORKFLOW_TYPES, type RunRef } from '../contract/ids.js';
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { Attempt, Report, Undone } from '../contract/report.js';
import { hasTakenBack, leftByUndo, leftStanding, overallUndone } from '../report/all-undone.js';
import { leftIn } from '../report/leavers.js';
import { retriedBy, type KnownRun } from '../store/find-attempts.js';
import { byStart, type Execution } from './executions.js';
import type { AnyProgress } from './progress-facts.js';
import { isUndoProgress } from '../contract/undo/progress.js';

/** One of the first two is there. */
export interface SeenRun {
  execution?: Execution | undefined;
  known?: KnownRun | undefined;
  /** Of one that goes on, where a worker answers. */
  progress?: AnyProgress | undefined;
}

/** As `runs --json` has it. */
export interface ListedRun extends RunRef {
  kind: 'run' | 'retry' | 'dry-run' | 'undo';
  /**
   * `running`, `paused`, `awaiting-approval`, `held`, `no-answer`, `undone`, `partly-undone`, an ending such as
   * `unchanged`, or `no-report`.
   */
  state: string;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string | undefined;
  file?: string | undefined;
  actor?: string | undefined;
  /** Outcomes that have rows, and `total`. */
  rows?: Partial<Report['rows']> | undefined;
  /** Users of a source who have left by this run, where there are any. */
  left?: number | undefined;
  undone?: Attempt['undone'];
  /** ISO 8601. */
  purgedAt?: string | undefined;
  /** The next command. */
  next: string;
}

export interface ListedImport extends Pick<
  ListedRun,
  'workflowId' | 'state' | 'next' | 'rows' | 'left' | 'undone'
> {
  file?: string | undefined;
  actor?: string | undefined;
  /** Of its newest run. */
  startedAt: string;
  /** Newest first; with undos, where they are asked for. */
  runs: ListedRun[];
}

/** @returns undefined where no run is known */
export function toListedImport(id: string, seen: readonly SeenRun[]): ListedImport | undefined {
  const inOrder = seen.map((run) => ({ seen: run, listed: toListedRun(run) }));
  inOrder.sort((a, b) => byStart(a.listed, b.listed));
  const newestOf = new Set<string>();
  const runs = inOrder.map(({ listed }) => {
    const isNewest = !newestOf.has(listed.workflowId);
    newestOf.add(listed.workflowId);
    return isNewest ? listed : { ...listed, next: ofRun(listed) };
  });
  const newest = inOrder.find(({ listed }) => listed.kind !== 'undo');
  if (!newest) return undefined;
  const { state, rows, left, startedAt, file, actor } = newest.listed;
  const isUndoing = runs.find((run) => run.kind === 'undo' && isOpen(run));
  const own = runs.some(({ workflowId }) => workflowId === id) ? id : newest.listed.workflowId;
  const report = newest.seen.known?.report;
  const combined = report?.combined;
  // The newest run may have found all users there, so that none of them is its own.
  const undone = report && overallUndone(report);
  return {
    workflowId: own,
    state: isUndoing ? 'being-undone' : undone ? stateOfUndone(undone, report) : state,
    undone,
    ...{ file: runs.findLast((run) => run.file)?.file ?? file, actor, startedAt },
    rows: combined ? nonZero(combined) : rows,
    left,
    next: isUndoing?.next ?? newest.listed.next,
    runs,
  };
}

const isOpen = ({ endedAt, state }: ListedRun): boolean =>
  endedAt === undefined && state !== 'no-report';

function toListedRun(seen: SeenRun): ListedRun {
  const { execution, known, progress } = seen;
  const report = known?.report;
  const { workflowId, runId } = known?.run ?? execution!;
  const state = stateOf(seen);
  const progressRows = progress && !isUndoProgress(progress) ? progress.rows : undefined;
  const rows = report?.rows ?? progressRows;
  const run: Omit<ListedRun, 'next'> = {
    ...{ workflowId, runId, kind: kindOf(seen), state },
    startedAt: report?.startedAt ?? execution?.startedAt ?? known!.startedAt,
    endedAt: report?.finishedAt ?? execution?.endedAt,
    file: report?.settings.file ?? known?.plan?.file ?? execution?.file,
    actor: report?.settings.actor ?? known?.plan?.actor ?? execution?.actor,
    rows: rows && nonZero(rows),
    left: (report && leftIn(report, 'deactivated', 'deleted')) || undefined,
    ...{ undone: report?.undone, purgedAt: report?.purgedAt },
  };
  return { ...run, next: nextOf(run) };
}

function kindOf({ execution, known }: SeenRun): ListedRun['kind'] {
  if (execution?.type === WORKFLOW_TYPES.undoImport) return 'undo';
  const { dryRun, retryOf } = known?.report?.settings ?? {};
  if (dryRun || known?.plan?.use === 'preview' || execution?.dryRun) return 'dry-run';
  const { workflowId } = known?.run ?? execution!;
  return retryOf || retriedBy(workflowId) !== undefined ? 'retry' : 'run';
}

function stateOf({ execution, known, progress }: SeenRun): string {
  if (execution?.status === 'running') return progress ? openState(progress) : 'no-answer';
  const report = known?.report;
  if (report?.undone) return stateOfUndone(report.undone, { ...report, attempts: [] });
  if (report) return report.ending;
  // Temporal has forgotten it, or was not asked: it may have been terminated, and may go on.
  return execution ? STATES[execution.status] : 'no-report';
}

/** @param report its attempts are those that may not be undone */
function stateOfUndone(undone: Undone, report: Report): string {
  if (!hasTakenBack(undone)) return report.ending;
  const isPart = leftByUndo(undone) + leftStanding(report) > 0;
  return isPart ? 'partly-undone' : 'undone';
}

const STATES = {
  ...{ running: 'running', completed: 'done', failed: 'failed', cancelled: 'cancelled' },
  ...{ terminated: 'terminated', 'timed-out': 'timed-out' },
};

function openState(progress: AnyProgress): string {
  if (progress.phase === 'awaiting-approval') return 'awaiting-approval';
  if (progress.paused) return 'paused';
  const isHeld = 'invitations' in progress && progress.invitations.held;
  return isHeld && progress.phase === 'inviting' ? 'held' : 'running';
}

/** By state; any other run has ended. */
const NEXT: Partial<Record<string, string>> = {
  running: 'watch',
  'no-answer': 'status',
  'awaiting-approval': 'approve',
  paused: 'resume',
  held: 'release-invitations',
};

function nextOf({ workflowId, state, kind }: Omit<ListedRun, 'next'>): string {
  const command = NEXT[state] ?? (kind === 'undo' ? 'status' : 'report');
  return `user-import ${command} ${workflowId}`;
}

/** Of a run whose id was used again since. */
function ofRun({ workflowId, runId, kind, next }: ListedRun): string {
  return kind === 'undo' ? next : `user-import report ${workflowId} --run ${runId}`;
}

function nonZero(rows: Partial<Report['rows']>): Partial<Report['rows']> {
  const names = ['total' as const, ...OUTCOMES];
  return Object.fromEntries(
    names.filter((name) => name === 'total' || rows[name]).map((name) => [name, rows[name]]),
  );
}
