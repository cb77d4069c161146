/** report.html: what happened, for a person. One file that asks nobody for anything and runs nothing. */
import { formatNumber } from '../../format.js';
import { headlineOf } from '../headline.js';
import type { Report } from '../../contract/report.js';
import { paceSection } from './figures.js';
import { lasted, moment } from './format.js';
import { html, Markup, name, type Part } from './markup.js';
import { outcomesSection } from './outcomes.js';
import { facts } from './section.js';
import {
  errorsSection,
  fileErrorSection,
  filesSection,
  invitationsSection,
  nextSection,
  rolesSection,
  attemptsSection,
  settingsSection,
  timelineSection,
  undoneSection,
  warningsSection,
} from './sections.js';
import { STYLE } from './style.js';

/** No script, no request and no form, whatever gets into the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The same report gives the same page, byte for byte. */
export async function renderPage(report: Report): Promise<string> {
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
            attemptsSection(report),
            await invitationsSection(report),
            await paceSection(report),
            rolesSection(report),
            warningsSection(report),
            timelineSection(report),
            nextSection(report),
            filesSection(report),
            settingsSection(report),
          ]}
        </main>
        <footer>
          <p>
            Run ${name(run.runId)}. This page holds no address, no name and no password of anybody
            who was imported; all times are UTC.
          </p>
        </footer>
      </body>
    </html> `;
  return page.html;
}

function header(report: Report): Markup {
  const { run, settings, startedAt, finishedAt } = report;
  const { mood, state, title } = headlineOf(report);
  const shown: [string, Part][] = [
    ['File', name(settings.file)],
    ['On behalf of', name(settings.actor)],
    ['Started', moment(startedAt)],
    ['Ended', moment(finishedAt)],
    ['Took', lasted(startedAt, finishedAt)],
  ];
  return html`<header>
    <p class="over">User import ${name(run.workflowId)}</p>
    <p class="state ${mood}">${state}</p>
    <h1>${title}</h1>
    <p class="lead">${lead(report)}</p>
    ${facts(shown)}
  </header>`;
}

/** The second sentence: what else there is to know at a glance. */
function lead({ rows, ending, invitations, retryOf, undone, settings }: Report): string {
  const refused = rows.failed + rows.invalid;
  const open = rows.undecided + rows.unprocessed;
  const wasThere = rows.skipped + rows.unchanged;
  const isReal = settings.dryRun === false && ending !== 'validation-failed';
  const told = [
    rows.total > 0 && `The file has ${formatNumber(rows.total)} rows`,
    isReal && wasThere > 0 && `${formatNumber(wasThere)} were there already`,
    isReal && refused > 0 && `${formatNumber(refused)} did not go in`,
    isReal && open > 0 && `${formatNumber(open)} were not reached`,
    isReal && invitations.sent > 0 && `${formatNumber(invitations.sent)} invitations were sent`,
  ].filter((part) => part !== false);
  return [
    ...(told.length > 0 ? [`${told.join('; ')}.`] : []),
    ...(ending === 'dry-run' ? ['Nothing was changed.'] : []),
    ...(retryOf ? [`A retry of ${retryOf.workflowId}.`] : []),
    ...(undone ? ['It has been taken back since.'] : []),
  ].join(' ');
}
