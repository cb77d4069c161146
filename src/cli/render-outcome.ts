/** The outcome of an import as text for a terminal. */
import type { ReportSummary } from '../../activities/index.js';
import { describeCodes } from '../contract/findings.js';
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { CombinedRows, Report } from '../contract/report.js';
import { formatNumber } from '../format.js';
import { rejectedIn } from '../report/attempts.js';
import { asOptions } from './spelling.js';

const INVITATIONS = {
  sent: 'sent',
  failed: 'failed',
  due: 'still due, which the next import of the file sends',
};

export function renderOutcome(summary: ReportSummary): string[] {
  const { ending, rows, combined, leftAlone, roleChanges, otherChanges } = summary;
  const { invitations, warnings, files, folder } = summary;
  const title =
    ending === 'dry-run' ? 'A dry run: nobody was imported or changed.' : 'The import is done.';
  const mails = (['sent', 'failed', 'due'] as const)
    .filter((state) => invitations[state] > 0)
    .map((state) => `${formatNumber(invitations[state])} ${INVITATIONS[state]}`);
  const roles = Object.fromEntries(
    roleChanges.map(({ from, to, ...count }) => [`${from} -> ${to}`, count]),
  );
  return [
    title,
    ...(combined ? [describeCombined(combined), 'This run:'] : []),
    ...renderRowCounts(rows),
    ...(mails.length > 0 ? [`Invitations: ${mails.join(', ')}.`] : []),
    ...describeCodes(invitations.failures).map((failure) => `Invitation failed, ${failure}`),
    ...describeCodes(roles).map((change) => `Role ${change}`),
    ...describeCodes(otherChanges).map((change) => `Changed, ${change}`),
    ...describeCodes(leftAlone).map((code) => `Left alone, ${code}`),
    ...warnings.map((warning) => `Warning ${asOptions(warning)}`),
    `Files: ${folder}`,
    ...files.map((file) => `  ${file}`),
  ];
}

/** The sum of all runs of an import, in one line. */
export function describeCombined(rows: CombinedRows): string {
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
    .map(
      (name) => `  ${name.replace('_', ' ').padEnd(12)} ${formatNumber(rows[name]).padStart(10)}`,
    );
}
