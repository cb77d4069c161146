/** A run of a source beside the one before it. Pure. */
import { openIn } from '../contract/import/outcomes.js';
import type { Comparison, NightCounts, Report, Trend } from '../contract/report.js';
import { formatNumber, formatTime } from '../format.js';
import type { Plan } from '../store/plan.js';
import { settingsDigest, type SourceNight } from '../store/source-nights.js';
import { leftIn, stayedOf } from './leavers.js';

/** So many runs are in a trend. */
export const MOST_NIGHTS = 30;

/** Whether a run is a night of its source: it had all of the file, and came to its end. */
export function isNight({ ending, settings }: Pick<Report, 'ending' | 'settings'>): boolean {
  const { dryRun, missing, retryOf } = settings;
  return ending === 'done' && dryRun === false && missing.scope !== undefined && !retryOf;
}

/**
 * What is kept of a run of a source.
 * @param report of a run that has come to its end, if only as a live dry run
 */
export function nightOf(report: Report, plan: Pick<Plan, 'findings' | 'map'>): SourceNight {
  const { run, startedAt, finishedAt, settings, rows } = report;
  const counts = countsOf(report);
  return {
    ...{ source: settings.missing.scope!, run, startedAt, finishedAt },
    ...{ file: settings.file, sha256: plan.findings.sha256, settings: settingsDigest(settings) },
    repeats: findsNothing(report, plan),
    rows: rows.total,
    scope: scopeAfter(report, counts, plan.findings.source?.scope ?? 0),
    open: openIn(rows),
    counts,
  };
}

export function compare(night: SourceNight, last: SourceNight | undefined): Comparison {
  const { source, scope, counts } = night;
  if (!last) return { source, scope, ...counts };
  const { run, startedAt, rows } = last;
  return { source, scope, ...counts, last: { run, startedAt, rows, counts: last.counts } };
}

export function toTrend({ startedAt, rows, scope, counts }: SourceNight): Trend {
  return { startedAt, rows, scope, counts };
}

/** A row of which one value is kept and another one overwritten has drifted twice. */
function countsOf(report: Report): NightCounts {
  const { rows, leavers, notes } = report;
  const noted = (code: keyof NonNullable<typeof notes>) => notes?.[code]?.count ?? 0;
  const returned = noted('returned');
  return {
    new: rows.created + rows.would_create,
    changed: Math.max(0, rows.updated + rows.would_update - returned),
    unchanged: rows.unchanged,
    left: leftIn(report, ...LEFT) + (leavers?.missing ?? 0),
    returned,
    drifted: noted('drift_kept') + noted('drift_overwritten'),
    adopted: noted('adopted'),
    failed: rows.failed + rows.invalid + (leavers?.failed ?? 0),
  };
}

const LEFT = ['deactivated', 'deleted', 'would_deactivate', 'would_delete'] as const;

/** By what the run has done: the next one counts anew. */
function scopeAfter(report: Report, counts: NightCounts, before: number): number {
  if (report.ending === 'dry-run') return before;
  const joined = counts.new + counts.adopted + counts.returned;
  return Math.max(0, before + joined - leftIn(report, 'deactivated', 'deleted'));
}

/**
 * Whether the same file would find nothing to do. Wherever that is not certain, it is taken once more: rows may be valid
 * under other settings of the worker, a user may be free again whom another source had, and a time that a cell gives may
 * have come.
 */
function findsNothing(report: Report, { map }: Pick<Plan, 'map'>): boolean {
  const { rows, leavers, invitations, settings } = report;
  const { failed, invalid, left_alone, skipped, undecided, unprocessed } = rows;
  const open = failed + invalid + left_alone + skipped + undecided + unprocessed;
  const due = settings.invitations.send === 'never' ? 0 : invitations.due;
  const dependsOnTime = map.columns.some(({ target }) => target.to === 'inactive_until');
  return open + stayedOf(leavers) + due === 0 && !dependsOnTime;
}

/** The run, and the one before it, in a line each. */
export function describeComparison(comparison: Comparison): string[] {
  const { source, scope, last, ...counts } = comparison;
  const now = `Source ${source}: ${describeCounts(counts)}. Its users who can sign in: ${formatNumber(scope)}.`;
  if (!last) return [now, 'It is the first run of the source.'];
  return [now, `The run before, at ${formatTime(last.startedAt)}: ${describeCounts(last.counts)}.`];
}

/** In the order in which they are told. */
export const NIGHT_COUNTS: Record<keyof NightCounts, { what: string; means: string }> = {
  new: { what: 'new', means: 'created' },
  changed: { what: 'changed', means: 'updated to what the file says' },
  left: { what: 'left', means: 'not in the file any more, or told to leave by their row' },
  returned: { what: 'returned', means: 'in the file again, and active again' },
  drifted: { what: 'drifted', means: 'changed by hand since the run before' },
  adopted: { what: 'adopted', means: 'there before, and of the source from now on' },
  unchanged: { what: 'unchanged', means: 'nothing differed' },
  failed: { what: 'rejected', means: 'rows that were refused, and users who could not leave' },
};

export const NIGHT_COUNT_NAMES = Object.keys(NIGHT_COUNTS) as (keyof NightCounts)[];

/** These are told also where they are none. */
const ALWAYS: readonly string[] = ['new', 'changed', 'left'];

function describeCounts(counts: NightCounts): string {
  return NIGHT_COUNT_NAMES.filter((name) => counts[name] > 0 || ALWAYS.includes(name))
    .map((name) => `${formatNumber(counts[name])} ${NIGHT_COUNTS[name].what}`)
    .join(', ');
}
