/** What happened: the headline, the numbers behind it, and what changes the meaning of both. */
import { formatNumber } from '../../../format.js';
import { describeEffects } from '../../../contract/import/effects.js';
import type { Report } from '../../../contract/report.js';
import { leftIn } from '../../leavers.js';
import { remedyForFile } from '../../remedies.js';
import { leftStanding, overallUndone } from '../../all-undone.js';
import { lasted, moment, until } from '../format.js';
import { code, html, name, prose, type Markup, type Part } from '../markup.js';
import { fileOf, isOfFileAlone, overallMails, overallRows, shortHeadline } from '../overall.js';
import { numbers } from '../section.js';
import { outcomesBar } from './outcomes.js';

export function summary(report: Report): Markup {
  const { run } = report;
  const { mood, state, title } = shortHeadline(report);
  const rows = overallRows(report);
  return html`<header>
    <p class="over">User import ${name(run.workflowId)}</p>
    <p class="state ${mood}">${state}</p>
    <h1>${title}</h1>
    <p class="lead">${origin(report)}</p>
    ${remarks(report).map((remark) => html`<p class="remark">${remark}</p>`)}
    ${fileErrorBox(report)} ${failureBox(report)} ${undoneBox(report)}
    ${rows.total > 0 && [numbers(figures(report)), outcomesBar(report)]} ${changesBox(report)}
  </header>`;
}

/** The message begins with the code. */
function fileErrorBox({ fileError }: Report): Markup | undefined {
  if (!fileError) return undefined;
  const [, what = fileError.message] = fileError.message.split(`${fileError.code}: `);
  return html`<div class="box bad">
    <p>${code(fileError.code)}</p>
    <p>${name(what.charAt(0).toUpperCase() + what.slice(1))}</p>
    <p>${prose(remedyForFile(fileError.code))}</p>
  </div>`;
}

function failureBox({ failure }: Report): Markup | undefined {
  if (failure === undefined) return undefined;
  return html`<div class="box bad">
    <p><strong>Why it failed:</strong> ${name(failure)}</p>
  </div>`;
}

/** Whose users are gone, must not be taken for done. */
function undoneBox(report: Report): Markup | undefined {
  const undone = overallUndone(report);
  if (!undone) return undefined;
  const { at, actor, forced } = undone;
  const standing = leftStanding(report);
  return html`<div class="box bad">
    <p>
      <strong>Undone</strong> by ${name(actor)},
      ${moment(at)}${forced && ', by force: also users in use'}. The numbers below are those before
      the undo.
      ${standing > 0 && `Not undone: ${formatNumber(standing)} of the runs, as the table of runs says.`}
    </p>
  </div>`;
}

/** What a security officer looks for; the lines are further below. */
function changesBox({
  roleChanges: roles,
  otherChanges: kinds,
  ending,
}: Report): Markup | undefined {
  const told = describeEffects({ roles, kinds });
  if (told.length === 0) return undefined;
  const title =
    ending === 'dry-run' ? 'Would change of existing users' : 'Changed of existing users';
  return html`<div class="box mixed">
    <p><strong>${title}:</strong> ${name(told.join('; '))}.</p>
  </div>`;
}

/** Which file, on whose behalf, when. */
function origin(report: Report): Part {
  const { settings, startedAt, finishedAt, temporalUrl, attempts } = report;
  const first = attempts?.[0]?.startedAt ?? startedAt;
  return html`<strong>${name(fileOf(report))}</strong>, on behalf of
    <strong>${name(settings.actor)}</strong>, ${moment(first)} to
    ${until(finishedAt, first)}${!attempts && html`, in <span class="whole">${lasted(first, finishedAt)}</span>`}.
    ${link(temporalUrl)}`;
}

/** Only to a web page, whatever a report says. */
function link(url: string | undefined): Markup | undefined {
  if (url === undefined || !/^https?:\/\//.test(url)) return undefined;
  return html`<a href="${url}" rel="noreferrer">Open it in Temporal’s UI</a>`;
}

/** What the numbers do not say by themselves. */
function remarks(report: Report): Part[] {
  const { ending, attempts, purgedAt, settings, retryOf } = report;
  const runs = (attempts?.length ?? 0) + 1;
  return [
    ending === 'dry-run' &&
      `A dry run${settings.dryRun === 'file' ? ' of the file alone' : ''}: nothing was changed.`,
    runs > 1 &&
      `The numbers are the sum of ${formatNumber(runs)} runs of the same rows; each is told below.`,
    retryOf && !attempts && html`A retry of ${name(retryOf.workflowId)}.`,
    purgedAt !== undefined &&
      html`The personal data that it left was removed on ${moment(purgedAt)}.`,
  ].filter((remark) => remark !== false && remark !== undefined);
}

/** The rows by what became of them; a number of none is left out. */
function figures(report: Report): [what: string, count: number][] {
  const rows = overallRows(report);
  const refused = rows.failed + rows.invalid;
  const existed = rows.skipped + rows.unchanged;
  const isOfFile = isOfFileAlone(report);
  const counts: [string, number][] = [
    ['rows in the file', rows.total],
    ['created', rows.created],
    ['updated', rows.updated],
    ['would be created', rows.would_create],
    ['would be updated', rows.would_update],
    ['deactivated', leftIn(report, 'deactivated')],
    ['deleted', leftIn(report, 'deleted')],
    ['would be deactivated', leftIn(report, 'would_deactivate')],
    ['would be deleted', leftIn(report, 'would_delete')],
    ['existed already', existed + rows.would_skip],
    ['left alone', rows.left_alone],
    [isOfFile ? 'not valid' : 'rejected', refused],
    ['undecided', rows.undecided],
    [isOfFile ? 'valid' : 'not reached', rows.unprocessed],
    ['invitations sent', overallMails(report).sent],
  ];
  return counts.filter(([, count]) => count > 0);
}
