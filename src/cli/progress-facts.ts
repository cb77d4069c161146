/** What there is to say of the progress of an import or an undo, by its weight. Pure. */
import type { Progress } from '../contract/import/progress.js';
import { isUndoProgress, type UndoProgress } from '../contract/undo/progress.js';
import { formatNumber, formatSeconds } from '../format.js';
import { isLiveDryRun } from '../progress/plan-texts.js';
import { describePlanned, describeUndone, isCarriedOut } from '../progress/undo-details.js';
import type { Tone } from './terminal.js';

/** The answer of an import, or of an undo, to the query `progress`. */
export type AnyProgress = Progress | UndoProgress;

/** A fact and, where there is a shorter way to say it, that one. */
type Fact = readonly [long: string, short?: string];

/** What a line of progress has to say. */
export interface ProgressFacts {
  /** The phase, after what needs an operator. */
  state: { tone: Tone; text: string };
  /** Done of total, rate, time to go. */
  facts: Fact[];
  /** What became of the rows; a line may have no room for the last ones. */
  counts: string[];
  /** Of what is under way, rows or mails; undefined where the total is not known. */
  share: number | undefined;
}

/** What a command knows of a run beside its progress. */
export interface Watching {
  /** Rows that validation has read. */
  rowsRead?: number | undefined;
  /** Nothing has moved for so many seconds, longer than is usual: rate and time to go are of another time. */
  idleSeconds?: number | undefined;
  /** Nobody answers, and why in short: the progress is what was last known. */
  silence?: string | undefined;
}

export function factsOf(progress: AnyProgress, watching: Watching = {}): ProgressFacts {
  const { idleSeconds, silence } = watching;
  const isStale = idleSeconds !== undefined || silence !== undefined;
  const known = isStale ? { ...progress, ratePerSecond: null, etaSeconds: null } : progress;
  const found = isUndoProgress(known)
    ? factsOfUndo(known)
    : factsOfImport(known, watching.rowsRead);
  if (silence !== undefined) {
    return { ...found, state: { tone: 'attention', text: `${silence}, ${found.state.text}` } };
  }
  if (idleSeconds === undefined) return found;
  return { ...found, facts: [...found.facts, [`nothing new for ${formatSeconds(idleSeconds)}`]] };
}

/** All that is known, in one line however long. */
export function renderProgressLine(progress: AnyProgress, watching?: Watching): string {
  const { state, facts, counts } = factsOf(progress, watching);
  return [state.text, ...facts.map(([long]) => long), ...counts].join(', ');
}

function factsOfImport(progress: Progress, rowsRead: number | undefined): ProgressFacts {
  const { phase, rows, ratePerSecond, etaSeconds, invitations } = progress;
  const state = stateOfImport(progress);
  const counts = COUNTS.filter((name) => (rows[name] ?? 0) > 0).map(
    (name) => `${formatNumber(rows[name]!)} ${name.replace('_', ' ')}`,
  );
  if (phase === 'inviting') {
    const { due, sent, failed, perMinute } = invitations;
    const done = sent + failed;
    const pace: Fact[] = etaSeconds === null ? [] : [[`${formatNumber(perMinute)}/min`]];
    return {
      state,
      facts: [doneOf(done, due, 'mails'), ...pace, ...timeLeft(etaSeconds)],
      counts: [...(failed > 0 ? [`${formatNumber(failed)} mails failed`] : []), ...counts],
      share: shareOf(done, due),
    };
  }
  const read: Fact[] = rowsRead ? [[`${formatNumber(rowsRead)} rows read`]] : [];
  return {
    state,
    facts: [
      ...(rows.total > 0 ? [doneOf(rows.done, rows.total, 'rows')] : read),
      ...rateOf(ratePerSecond),
      ...timeLeft(etaSeconds),
    ],
    counts,
    share: shareOf(rows.done, rows.total),
  };
}

/** What went wrong first. */
const COUNTS = [
  'failed',
  'invalid',
  'left_alone',
  'created',
  'would_create',
  'updated',
  'would_update',
  'deactivated',
  'would_deactivate',
  'deleted',
  'would_delete',
  'skipped',
  'would_skip',
  'unchanged',
] as const satisfies (keyof Progress['rows'])[];

function stateOfImport(progress: Progress): ProgressFacts['state'] {
  const { phase, invitations } = progress;
  const isPreview = phase === 'importing' && isLiveDryRun(progress);
  const isHeld = phase === 'inviting' && invitations.held;
  return stateOf(progress, [...(isHeld ? ['HELD'] : []), isPreview ? 'dry run' : phase]);
}

function factsOfUndo(progress: UndoProgress): ProgressFacts {
  const { rows, undone, plan, phase, ratePerSecond, etaSeconds } = progress;
  const isFound = rows.total > 0;
  const isReading = phase === 'previewing' && isFound;
  const counts = isCarriedOut(progress) ? [describeUndone(undone)] : [];
  return {
    // Whoever reads it later must not take what is planned for done.
    state: stateOf(progress, [isReading ? 'reading users (nothing is changed yet)' : phase]),
    facts: [
      ...(isFound ? [doneOf(rows.done, rows.total, 'users')] : []),
      ...rateOf(ratePerSecond),
      ...timeLeft(etaSeconds),
    ],
    counts: phase === 'awaiting-approval' ? [describePlanned(plan)] : counts,
    share: shareOf(rows.done, rows.total),
  };
}

/** What needs an operator comes first, in capitals: a narrow terminal cuts the rest off. */
function stateOf(
  { phase, paused, cancelling }: AnyProgress,
  names: string[],
): ProgressFacts['state'] {
  const isWaiting = phase === 'awaiting-approval';
  const text = [
    ...(cancelling ? ['CANCELLING'] : []),
    ...(paused ? ['PAUSED'] : []),
    ...(isWaiting ? ['WAITING FOR APPROVAL'] : names),
  ].join(', ');
  const needsSomebody = cancelling || paused || isWaiting || names.length > 1;
  return { tone: needsSomebody ? 'attention' : phase === 'done' ? 'success' : 'heading', text };
}

function doneOf(done: number, total: number, what: string): Fact {
  const [some, all] = [formatNumber(done), formatNumber(total)];
  return [`${some} of ${all} ${what}`, `${some}/${all}`];
}

/** Rows by the second, where there are few of them with a decimal. */
function rateOf(rate: number | null): Fact[] {
  if (rate === null) return [];
  return [[`${rate < 10 ? rate.toFixed(1) : formatNumber(Math.round(rate))}/s`]];
}

function timeLeft(seconds: number | null): Fact[] {
  if (seconds === null) return [];
  return [[`${formatSeconds(seconds)} to go`, formatSeconds(seconds)]];
}

function shareOf(done: number, total: number): number | undefined {
  return total > 0 ? Math.min(1, done / total) : undefined;
}
