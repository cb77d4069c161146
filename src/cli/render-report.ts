/** A report in short, as text for a terminal. */
import { ownFileName } from '../contract/own-file-name.js';
import { formatNumber, formatTime } from '../format.js';
import { headlineOf, type Headline } from '../report/headline.js';
import { nextSteps, type NextStep } from '../report/next-steps.js';
import { remedyForFile } from '../report/remedies.js';
import type { Report } from '../contract/report.js';
import { renderSteps } from './layout.js';
import { warningLine } from './lines.js';
import { BEFORE_UNDO, renderAllRuns } from './render-attempts.js';
import { renderFiles } from './render-failures.js';
import {
  renderFailedMails,
  renderLeftAlone,
  renderRejected,
  renderRowCounts,
  renderSource,
} from './render-outcome.js';
import { renderDryRun } from './render-plan.js';
import { pathIn } from './save-files.js';
import { asOptions } from './spelling.js';
import type { Line, Tone } from './terminal.js';

/**
 * @param folder where the run's files are
 * @param latest the newest report of the import, which has the sum of all its runs
 */
export function renderReport(report: Report, folder: string, latest: Report = report): Line[] {
  const { run, rows, settings, sha256, startedAt, finishedAt, fileError, failure } = report;
  const { files, undone, purgedAt } = report;
  const { state, title, mood } = headlineOf(report);
  return [
    ...renderAllRuns(latest, report),
    { tone: TONES[mood], text: `${run.workflowId}: ${state}. ${title}.` },
    ...(fileError ? [`${asOptions(fileError.message)} ${remedyForFile(fileError.code)}`] : []),
    ...(failure === undefined ? [] : [asOptions(failure)]),
    ...(report.ending === 'unchanged' ? [] : renderRowCounts(rows)),
    ...renderSource(report),
    ...renderErrors(report),
    ...renderInvitations(report),
    ...(report.ending === 'dry-run' ? renderDryRun(report) : []),
    ...report.warnings.map((warning) => warningLine(asOptions(warning))),
    ...(undone
      ? [`Taken back at ${formatTime(undone.at)} by ${undone.actor}. ${BEFORE_UNDO}`]
      : []),
    ...(purgedAt ? [`Its personal data was removed at ${formatTime(purgedAt)}.`] : []),
    `${ownFileName(settings.file, { sha256, workflowId: run.workflowId })}, on behalf of ${settings.actor}, from ${formatTime(startedAt)} to ${formatTime(finishedAt)}`,
    ...(settings.from === undefined ? [] : [`Read as an export of ${settings.from} (preset)`]),
    ...(settings.mapping ? [describeMapping(settings.mapping)] : []),
    ...(sha256 === undefined ? [] : [`SHA-256 of the file: ${sha256}`]),
    ...renderPlaces(folder, files),
    ...renderSteps(stepsOf(report, latest)),
  ];
}

/** What is left to do is what the newest run has left; an undo and a purge are also of the run that is shown. */
function stepsOf(report: Report, latest: Report): NextStep[] {
  if (latest === report) return nextSteps(report);
  const ofAll = nextSteps(latest);
  const own = nextSteps(report).filter(({ command }) => /^user-import (undo|purge) /.test(command));
  return [...ofAll, ...own];
}

function describeMapping({ file, sha256 }: NonNullable<Report['settings']['mapping']>): string {
  return `Columns by the mapping file ${file} (SHA-256 ${sha256})`;
}

/** The path of the folder once: it is long. */
function renderPlaces(folder: string, files: readonly string[]): Line[] {
  const others = files.filter((name) => name !== 'report.html');
  if (others.length === files.length) {
    return [
      ...renderFiles(folder, files),
      'Report: the page could not be made; report.json has all of it',
    ];
  }
  return [`Report: ${pathIn(folder, 'report.html')}`, `Beside it: ${others.join(', ')}`];
}

const TONES: Record<Headline['mood'], Tone> = {
  good: 'success',
  mixed: 'attention',
  bad: 'error',
  neutral: 'heading',
};

function renderErrors({ errors, leftAlone }: Report): Line[] {
  return [...renderRejected(errors), ...renderLeftAlone(leftAlone)];
}

function renderInvitations({ invitations }: Report): Line[] {
  const { sent, failed, due, failures } = invitations;
  if (sent + failed + due === 0) return [];
  return [
    `Invitations: ${formatNumber(sent)} sent, ${formatNumber(failed)} failed, ${formatNumber(due)} still due.`,
    ...renderFailedMails(failures),
  ];
}
