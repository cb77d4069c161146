/** The outcome of an import as text for a terminal. */
import type { ReportSummary } from '../../activities/index.js';
import type { SourceCode } from '../contract/codes.js';
import { describeCodes, type CodeCount } from '../contract/findings.js';
import { describeRoleChanges } from '../contract/import/effects.js';
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { CombinedRows, Report } from '../contract/report.js';
import { formatNumber } from '../format.js';
import { rejectedIn } from '../report/attempts.js';
import { describeComparison } from '../report/comparison.js';
import { describeLeavers } from '../report/leavers.js';
import { NOTES } from '../report/meanings.js';
import { remedyForMail, remedyForRow } from '../report/remedies.js';
import { EXIT, statusOf } from './exit.js';
import { warningLine } from './lines.js';
import { renderFailures, renderFiles } from './render-failures.js';
import { renderDryRun } from './render-plan.js';
import { asOptions } from './spelling.js';
import type { Line } from './terminal.js';

const INVITATIONS = {
  sent: 'sent',
  failed: 'failed',
  due: 'still due, which the next import of the file sends',
};

export function renderOutcome(summary: ReportSummary): Line[] {
  const { ending, rows, combined, leftAlone, roleChanges, otherChanges } = summary;
  const { invitations, warnings, files, folder, errors } = summary;
  const isDryRun = ending === 'dry-run';
  const title = titleOf(summary);
  const isWhole = statusOf(summary) === EXIT.done;
  const mails = (['sent', 'failed', 'due'] as const)
    .filter((state) => invitations[state] > 0)
    .map((state) => `${formatNumber(invitations[state])} ${INVITATIONS[state]}`);
  const roles = Object.fromEntries(
    roleChanges.map(({ from, to, ...count }) => [`${from} -> ${to}`, count]),
  );
  const roleHeadline = describeRoleChanges(roleChanges, isDryRun ? 'would get' : 'got');
  return [
    { tone: isWhole ? 'success' : 'attention', text: title },
    ...(roleHeadline === undefined ? [] : [`${roleHeadline}.`]),
    ...(combined ? [describeCombined(combined), 'This run:'] : []),
    ...(summary.ending === 'unchanged' ? [] : renderRowCounts(rows)),
    ...renderSource(summary),
    ...(mails.length > 0 ? [`Invitations: ${mails.join(', ')}.`] : []),
    ...renderRejected(errors),
    ...renderLeftAlone(leftAlone),
    ...renderFailedMails(invitations.failures),
    ...describeCodes(roles).map((change) => `Role ${change}`),
    ...describeCodes(otherChanges).map((change) => `Changed, ${change}`),
    ...(isDryRun ? renderDryRun(summary) : []),
    ...warnings.map((warning) => warningLine(asOptions(warning))),
    ...renderFiles(folder, files),
  ];
}

function titleOf({ ending, unchangedSince }: ReportSummary): string {
  if (ending === 'dry-run') return 'A dry run: nobody was imported or changed.';
  if (ending !== 'unchanged') return 'The import is done.';
  return `Unchanged: the file is that of ${unchangedSince?.workflowId ?? 'the last run'}. Nothing was done.`;
}

/** Who is not in the file, what is worth knowing of the rows, and how the run before compares. */
export function renderSource({
  leavers,
  notes = {},
  comparison,
}: Pick<Report, 'leavers' | 'notes' | 'comparison'>): Line[] {
  const missing = describeLeavers(leavers);
  const noted = Object.entries(notes) as [SourceCode, CodeCount][];
  return [
    ...(missing === undefined ? [] : [`Not in the file: ${missing}.`]),
    ...noted.map(([code, { count }]) => `${code}: ${formatNumber(count)}. ${NOTES[code]}.`),
    ...(comparison ? describeComparison(comparison) : []),
  ];
}

/** Rows that were refused, by validation or by Kratos. */
export function renderRejected(errors: Report['errors']): Line[] {
  return renderFailures(errors, {
    title: 'Rejected:',
    remedy: remedyForRow,
    rest: 'rejects.csv has each row with its reason',
  });
}

export function renderLeftAlone(leftAlone: Report['leftAlone']): Line[] {
  return renderFailures(leftAlone, {
    title: 'Left alone:',
    remedy: remedyForRow,
    rest: 'results.csv has each of them',
  });
}

export function renderFailedMails(failures: Report['invitations']['failures']): Line[] {
  return renderFailures(failures, {
    title: 'Invitations that failed:',
    remedy: remedyForMail,
    rest: 'results.csv has each of them',
  });
}

/** The sum of all runs of an import, in one line. */
function describeCombined(rows: CombinedRows): string {
  const { total } = rows;
  const counts = [...OUTCOMES, 'dropped' as const]
    .filter((name) => rows[name] > 0)
    .map((name) => `${formatNumber(rows[name])} ${name}`);
  const left = rejectedIn(rows);
  const rest = left === 0 ? 'Nothing is left to retry' : `${formatNumber(left)} left to retry`;
  return `All runs of the file together, of ${formatNumber(total)} rows: ${counts.join(', ')}. ${rest}.`;
}

/** The total, and each outcome that has rows. */
export function renderRowCounts(rows: Report['rows']): string[] {
  return ['total' as const, ...OUTCOMES]
    .filter((name) => name === 'total' || rows[name] > 0)
    .map((name) => `  ${alignedCount(name.replace('_', ' '), rows[name])}`);
}

/** A longer name takes the room before the number. */
function alignedCount(what: string, count: number): string {
  return `${what.padEnd(12)} ${formatNumber(count).padStart(10 - Math.max(0, what.length - 12))}`;
}
