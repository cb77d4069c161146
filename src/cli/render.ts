/** Progress and outcomes as text for a terminal. */
import type { ReportSummary } from '../../activities/index.js';
import { OUTCOMES } from '../contract/outcomes.js';
import type { Progress } from '../contract/progress.js';
import { describeRoles, number } from '../progress/details.js';
import { duration } from '../progress/duration.js';

export function renderProgressLine(progress: Progress): string {
  const { phase, rows, ratePerSecond, etaSeconds, notices } = progress;
  const parts: string[] = [phase];
  if (rows.total > 0) {
    parts.push(`${number(rows.done)} of ${number(rows.total)} rows`);
    for (const name of ['created', 'skipped', 'failed', 'invalid'] as const) {
      if (rows[name] > 0) parts.push(`${number(rows[name])} ${name}`);
    }
  }
  if (ratePerSecond !== null) parts.push(`${number(Math.round(ratePerSecond))}/s`);
  if (etaSeconds !== null) parts.push(`${duration(etaSeconds)} to go`);
  const notice = phase === 'preflight' ? notices.at(-1) : undefined;
  if (notice) parts.push(notice.text);
  return parts.join(', ');
}

export function renderStatus(progress: Progress): string {
  const { mode, concurrency, chunks, plan, notices } = progress;
  return [
    renderProgressLine(progress),
    `chunks: ${number(chunks.done)} of ${number(chunks.total)} done, ${chunks.inFlight} in flight (at most ${concurrency}); users who exist: ${mode}`,
    ...(progress.rows.total > 0 ? [describeRoles(plan.roles)] : []),
    ...plan.warnings.map((warning) => `warning ${warning}`),
    ...notices.map(({ at, text }) => `notice ${at} ${text}`),
  ].join('\n');
}

export function renderOutcome(summary: ReportSummary): string {
  const { ending, rows, invitations, warnings, files, folder } = summary;
  const title = ending === 'dry-run' ? 'Validated; nobody was imported.' : 'The import is done.';
  const counts = ['total' as const, ...OUTCOMES]
    .filter((name) => name === 'total' || rows[name] > 0)
    .map((name) => `  ${name.padEnd(12)} ${number(rows[name]).padStart(10)}`);
  const due =
    invitations.due > 0
      ? [`  ${number(invitations.due)} of them have no password and are due an invitation.`]
      : [];
  return [
    title,
    ...counts,
    ...due,
    ...warnings.map((warning) => `Warning ${warning}`),
    `Files: ${folder}`,
    ...files.map((file) => `  ${file}`),
  ].join('\n');
}
