/** report.html: the report for people. One file that loads nothing and runs nothing. */
import { formatNumber } from '../../format.js';
import { headlineOf } from '../headline.js';
import { describeCsv } from '../../contract/dialect.js';
import type { Report } from '../../contract/report.js';
import { lasted, moment } from './format.js';
import { html, Markup, name, type Part } from './markup.js';
import { facts } from './section.js';
import { attemptsSection } from './sections/attempts.js';
import { errorsSection, fileErrorSection, leftAloneSection } from './sections/errors.js';
import { filesSection } from './sections/files.js';
import { invitationsSection } from './sections/invitations.js';
import { nextStepsSection } from './sections/next-steps.js';
import { outcomesSection } from './sections/outcomes.js';
import { paceSection } from './sections/pace.js';
import { rolesSection } from './sections/roles.js';
import { settingsSection } from './sections/settings.js';
import { timelineSection } from './sections/timeline.js';
import { undoneSection } from './sections/undone.js';
import { warningsSection } from './sections/warnings.js';
import { STYLE } from './style.js';

/** No script, no request and no form, even if a value got into the page as markup. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The same report gives the same page, byte for byte. */
export function renderPage(report: Report): string {
  const { run } = report;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>User import ${run.workflowId}: ${headlineOf(report).title}</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        ${header(report)}
        <main>
          ${[
            fileErrorSection(report),
            undoneSection(report),
            outcomesSection(report),
            errorsSection(report),
            leftAloneSection(report),
            attemptsSection(report),
            invitationsSection(report),
            paceSection(report),
            rolesSection(report),
            warningsSection(report),
            timelineSection(report),
            nextStepsSection(report),
            filesSection(report),
            settingsSection(report),
          ]}
        </main>
        <footer>
          <p>
            Run ${name(run.runId)}. This page holds no address, no name and no password of any
            imported user; all times are UTC.
          </p>
        </footer>
      </body>
    </html> `;
  return page.html;
}

function header(report: Report): Markup {
  const { run, settings, csv, sha256, startedAt, finishedAt, temporalUrl } = report;
  const { mood, state, title } = headlineOf(report);
  const shown: [string, Part][] = [
    ['File', name(settings.file)],
    ...(csv === undefined ? [] : [['Read with', describeCsv(csv)] satisfies [string, Part]]),
    ...(sha256 === undefined
      ? []
      : [['SHA-256 of the file', name(sha256)] satisfies [string, Part]]),
    ['On behalf of', name(settings.actor)],
    ['Started', moment(startedAt)],
    ['Ended', moment(finishedAt)],
    ['Took', lasted(startedAt, finishedAt)],
    ...(temporalUrl === undefined
      ? []
      : [['In Temporal', link(temporalUrl)] satisfies [string, Part]]),
  ];
  return html`<header>
    <p class="over">User import ${name(run.workflowId)}</p>
    <p class="state ${mood}">${state}</p>
    <h1>${title}</h1>
    <p class="lead">${lead(report)}</p>
    ${facts(shown)}
  </header>`;
}

/** Shown by its host: the whole address is long. */
function link(url: string): Markup {
  const [, , host = url] = url.split('/');
  return html`<a href="${url}" rel="noreferrer">${name(host)}</a>`;
}

/** The second sentence: the other counts at a glance. */
function lead({ rows, ending, invitations, retryOf, undone, settings }: Report): string {
  const refused = rows.failed + rows.invalid;
  const open = rows.undecided + rows.unprocessed;
  const existed = rows.skipped + rows.unchanged;
  const isReal = settings.dryRun === false && ending !== 'validation-failed';
  const counts = [
    rows.total > 0 && `The file has ${formatNumber(rows.total)} rows`,
    isReal && existed > 0 && `${formatNumber(existed)} existed already`,
    isReal && refused > 0 && `${formatNumber(refused)} were rejected`,
    isReal && rows.left_alone > 0 && `${formatNumber(rows.left_alone)} were left alone`,
    isReal && open > 0 && `${formatNumber(open)} were not reached`,
    isReal && invitations.sent > 0 && `${formatNumber(invitations.sent)} invitations were sent`,
  ].filter((part) => part !== false);
  return [
    ...(counts.length > 0 ? [`${counts.join('; ')}.`] : []),
    ...(ending === 'dry-run' ? ['Nothing was changed.'] : []),
    ...(retryOf ? [`A retry of ${retryOf.workflowId}.`] : []),
    ...(undone ? ['It has been undone since.'] : []),
  ].join(' ');
}
