import type { Report } from '../../../contract/report.js';
import { remedyForMail } from '../../remedies.js';
import { mailsFigure } from '../figures.js';
import { html, type Markup } from '../markup.js';
import { codesTable, numbers, section } from '../section.js';

export function invitationsSection(report: Report): Markup | undefined {
  const { due, sent, failed, failures } = report.invitations;
  if (due + sent + failed === 0) return undefined;
  const counts: [string, number][] = [['sent', sent]];
  if (failed > 0) counts.push(['failed', failed]);
  if (due > 0) counts.push(['still due', due]);
  // The top of the page has the sum of all runs.
  const isPart = report.combined !== undefined && report.combined.invitations.sent !== sent;
  return section(
    isPart ? 'Invitations, in the latest run' : 'Invitations',
    html`<p class="soft">
      Mails with which users without a password choose one. Sent means that the mail server accepted
      the mail.
    </p>`,
    numbers(counts),
    mailsFigure(report),
    failed > 0 &&
      html`<h3>Mails that failed</h3>
        ${codesTable('Reason', failures, remedyForMail)}`,
  );
}
