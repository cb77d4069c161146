/** report.html: the report for people. One file that loads nothing and runs nothing. */
import type { Report } from '../../contract/report.js';
import { html, Markup, name } from './markup.js';
import { detailsSection } from './sections/details.js';
import { changesSection } from './sections/changes.js';
import { comparisonSection } from './sections/comparison.js';
import { errorsSection, leftAloneSection } from './sections/errors.js';
import { filesSection } from './sections/files.js';
import { invitationsSection } from './sections/invitations.js';
import { nextStepsSection } from './sections/next-steps.js';
import { outcomesSection } from './sections/outcomes.js';
import { paceSection } from './sections/pace.js';
import { rolesSection, tenantsSection } from './sections/roles.js';
import { otherFilesSection, runsSection } from './sections/runs.js';
import { sampleSection } from './sections/sample.js';
import { settingsSection } from './sections/settings.js';
import { summary } from './sections/summary.js';
import { timelineSection } from './sections/timeline.js';
import { undoneSection } from './sections/undone.js';
import { warningsSection } from './sections/warnings.js';
import { shortHeadline } from './overall.js';
import { STYLE } from './style.js';

/** No script, no request and no form, even if a value got into the page as markup. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** What happened, what to do now, then the rest. The same report gives the same page, byte for byte. */
export function renderPage(report: Report): string {
  const { run } = report;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>User import ${run.workflowId}: ${shortHeadline(report).title}</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        ${summary(report)}
        <main>
          ${[
            nextStepsSection(report),
            comparisonSection(report),
            changesSection(report),
            errorsSection(report),
            leftAloneSection(report),
            runsSection(report),
            otherFilesSection(report),
            undoneSection(report),
            outcomesSection(report),
            invitationsSection(report),
            warningsSection(report),
            rolesSection(report),
            tenantsSection(report),
            sampleSection(report),
            paceSection(report),
            timelineSection(report),
            filesSection(report),
            settingsSection(report),
            detailsSection(report),
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
