/** A report in short, as text for a terminal. */
import { formatNumber } from '../format.js';
import { headlineOf, type Headline } from '../report/headline.js';
import { nextSteps } from '../report/next-steps.js';
import { remedyForFile } from '../report/remedies.js';
import type { Report } from '../contract/report.js';
import { renderSteps } from './layout.js';
import { warningLine } from './lines.js';
import { renderFiles } from './render-failures.js';
import {
  renderFailedMails,
  renderLeftAlone,
  renderRejected,
  renderRowCounts,
} from './render-outcome.js';
import { pathIn } from './save-files.js';
import { asOptions } from './spelling.js';
import type { Line, Tone } from './terminal.js';

/** @param folder where the run's files are */
export function renderReport(report: Report, folder: string): Line[] {
  const { run, rows, settings, sha256, startedAt, finishedAt, fileError } = report;
  const { files, undone, purgedAt } = report;
  const { state, title, mood } = headlineOf(report);
  return [
    { tone: TONES[mood], text: `${run.workflowId}: ${state}. ${title}.` },
    ...(fileError ? [`${asOptions(fileError.message)} ${remedyForFile(fileError.code)}`] : []),
    ...renderRowCounts(rows),
    ...renderErrors(report),
    ...renderInvitations(report),
    ...report.warnings.map((warning) => warningLine(asOptions(warning))),
    ...(undone ? [`Taken back at ${undone.at} by ${undone.actor}.`] : []),
    ...(purgedAt ? [`Its personal data was removed at ${purgedAt}.`] : []),
    `${settings.file}, on behalf of ${settings.actor}, from ${startedAt} to ${finishedAt}`,
    ...(settings.from === undefined ? [] : [`Read as an export of ${settings.from} (preset)`]),
    ...(settings.mapping ? [describeMapping(settings.mapping)] : []),
    ...(sha256 === undefined ? [] : [`SHA-256 of the file: ${sha256}`]),
    ...renderPlaces(folder, files),
    ...renderSteps(nextSteps(report)),
  ];
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
