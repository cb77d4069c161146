/** All runs of an import as text for a terminal: their sum, then each of them. */
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { Attempt, Report, Undone } from '../contract/report.js';
import { formatNumber, formatTime } from '../format.js';
import { leftByUndo, leftStanding, overallUndone } from '../report/all-undone.js';
import { toAttempt } from '../report/attempts.js';
import { headlineOfSum } from '../report/headline.js';
import { shortHeadline } from '../report/page/overall.js';
import { indented } from './lines.js';
import { renderRowCounts } from './render-outcome.js';
import type { Line } from './terminal.js';

/**
 * Nothing where there is one run.
 * @param latest the newest report of the import
 * @param shown the report that follows
 */
export function renderAllRuns(latest: Report, shown: Report): Line[] {
  const { combined, attempts = [], otherFiles = [] } = latest;
  const runs = [...attempts, toAttempt(latest)].toReversed();
  return [
    ...(combined ? renderSum(latest, combined, runs.length) : []),
    ...(combined ? runs.flatMap((run) => renderRun(run, shown)) : []),
    ...(combined ? [''] : []),
    ...renderOtherFiles(otherFiles, shown),
  ];
}

function renderSum(latest: Report, rows: NonNullable<Report['combined']>, runs: number): Line[] {
  const { dropped, added, invitations } = rows;
  const { due, sent, failed } = invitations;
  const edits = [
    ...(dropped > 0 ? [`${formatNumber(dropped)} left out of a corrected copy`] : []),
    ...(added > 0 ? [`${formatNumber(added)} added in one`] : []),
  ];
  const mails = `Invitations: ${formatNumber(sent)} sent, ${formatNumber(failed)} failed, ${formatNumber(due)} still due.`;
  const undone = overallUndone(latest);
  const { state, title } = shortHeadline(latest);
  const standing = leftStanding(latest);
  const sum = undone ? `${state}. ${title}` : headlineOfSum(rows);
  return [
    { tone: 'heading', text: `All ${formatNumber(runs)} runs together: ${sum}.` },
    ...(standing > 0 ? [`Not undone: ${formatNumber(standing)} of the runs below.`] : []),
    ...(undone ? [BEFORE_UNDO] : []),
    ...renderRowCounts(rows),
    ...(edits.length > 0 ? [`Rows ${edits.join(', ')}.`] : []),
    ...(due + sent + failed > 0 ? [mails] : []),
    'Its runs, the newest first:',
  ];
}

/** Beside counts. */
export const BEFORE_UNDO = 'The counts are those before the undo.';

/** Two lines a run, so that none is wider than a terminal but for the command. */
function renderRun(attempt: Attempt, shown: Report): Line[] {
  const { run, startedAt, rows, undone } = attempt;
  const isShown = run.runId === shown.run.runId;
  const command = `user-import report ${run.workflowId} --run ${run.runId}`;
  return [
    indented(
      `${formatTime(startedAt)}  ${endingOf(attempt)}: ${describeRows(rows)}${describeUndone(undone)}`,
    ),
    isShown ? '    below' : { tone: 'soft', text: `    ${command}` },
  ];
}

function endingOf({ ending }: Attempt): string {
  return ending === undefined ? 'ended without a report' : ending.replace('-', ' ');
}

/** `60 created, 140 skipped`. */
export function describeRows(rows: Report['rows']): string {
  const counts = OUTCOMES.filter((outcome) => rows[outcome] > 0).map(
    (outcome) => `${formatNumber(rows[outcome])} ${outcome.replace('_', ' ')}`,
  );
  return counts.length > 0 ? counts.join(', ') : 'no rows';
}

/** ` (undone: 138 deleted, 2 kept)`. */
export function describeUndone(undone: Undone | undefined): string {
  if (!undone) return '';
  const { deleted, restored, not_reached } = undone;
  const kept = leftByUndo(undone) - not_reached;
  const found = { 'found deleted': undone.already_deleted, 'not reached': not_reached };
  const counts = Object.entries({ deleted, restored, kept, ...found })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${formatNumber(count)} ${what}`);
  return ` (undone: ${counts.length > 0 ? counts.join(', ') : 'nobody was left'})`;
}

/** An undo of the import takes these back as well. */
function renderOtherFiles(others: readonly Attempt[], shown: Report): Line[] {
  if (others.length === 0) return [];
  return [
    {
      tone: 'attention',
      text: 'Another file was imported under the same id. Its rows are not in these counts:',
    },
    ...others.toReversed().flatMap((run) => renderRun(run, shown)),
    '',
  ];
}
