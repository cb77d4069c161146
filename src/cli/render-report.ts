/** A report in short, as text for a terminal. */
import { describeCodes, type CodeCount } from '../contract/findings.js';
import { ownFileName } from '../contract/own-file-name.js';
import { formatNumber } from '../format.js';
import { headlineOf } from '../report/headline.js';
import { nextSteps, type NextStep } from '../report/next-steps.js';
import { remedyForFile, remedyForRow } from '../report/remedies.js';
import type { Report } from '../contract/report.js';
import { renderAllRuns } from './render-attempts.js';
import { renderRowCounts } from './render-outcome.js';
import { pathIn } from './save-files.js';
import { asOptions } from './spelling.js';
import type { Line } from './terminal.js';

/**
 * @param folder where the run's files are
 * @param latest the newest report of the import, which has the sum of all its runs
 */
export function renderReport(report: Report, folder: string, latest: Report = report): Line[] {
  const { run, rows, settings, sha256, startedAt, finishedAt, fileError } = report;
  const { files, undone, purgedAt } = report;
  const { state, title } = headlineOf(report);
  return [
    ...renderAllRuns(latest, report),
    heading(`${run.workflowId}: ${state}. ${title}.`),
    `${ownFileName(settings.file, { sha256, workflowId: run.workflowId })}, on behalf of ${settings.actor}, from ${startedAt} to ${finishedAt}`,
    ...(settings.from === undefined ? [] : [`Read as an export of ${settings.from} (preset)`]),
    ...(settings.mapping ? [describeMapping(settings.mapping)] : []),
    ...(sha256 === undefined ? [] : [`SHA-256 of the file: ${sha256}`]),
    ...(fileError ? [`${asOptions(fileError.message)} ${remedyForFile(fileError.code)}`] : []),
    ...renderRowCounts(rows),
    ...renderErrors(report),
    ...renderInvitations(report),
    ...report.warnings.map((warning) => `Warning ${asOptions(warning)}`),
    ...(undone ? [`Taken back at ${undone.at} by ${undone.actor}.`] : []),
    ...(purgedAt ? [`Its personal data was removed at ${purgedAt}.`] : []),
    `Files: ${folder}`,
    ...files.filter((name) => name !== 'report.html').map((name) => `  ${name}`),
    `Report: ${files.includes('report.html') ? pathIn(folder, 'report.html') : 'the page could not be made; report.json has all of it'}`,
    ...stepsOf(report, latest).map(({ what, command }) => `${what}: ${command}`),
  ];
}

/** What is left to do is what the newest run has left; an undo and a purge are also of the run that is shown. */
function stepsOf(report: Report, latest: Report): NextStep[] {
  if (latest === report) return nextSteps(report);
  const ofAll = nextSteps(latest);
  const own = nextSteps(report).filter(({ command }) => /^user-import (undo|purge) /.test(command));
  return [...ofAll, ...own];
}

function heading(text: string): Line {
  return { tone: 'heading', text };
}

function describeMapping({ file, sha256 }: NonNullable<Report['settings']['mapping']>): string {
  return `Columns by the mapping file ${file} (SHA-256 ${sha256})`;
}

function renderErrors({ errors, leftAlone }: Report): string[] {
  return [errors, leftAlone].flatMap((codes) =>
    Object.entries<CodeCount>(codes).map(([code, count]) => {
      const [found] = describeCodes({ [code]: count });
      return `Rows with ${found!}. ${remedyForRow(code)}`;
    }),
  );
}

function renderInvitations({ invitations }: Report): string[] {
  const { sent, failed, due, failures } = invitations;
  if (sent + failed + due === 0) return [];
  return [
    `Invitations: ${formatNumber(sent)} sent, ${formatNumber(failed)} failed, ${formatNumber(due)} still due.`,
    ...describeCodes(failures).map((failure) => `Invitation failed, ${failure}`),
  ];
}
