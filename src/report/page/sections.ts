/** The parts of the page, each for itself; one that has nothing to say is not there. */
import { formatNumber } from '../../format.js';
import { nextSteps } from '../next-steps.js';
import { remedyForFile, remedyForMail, remedyForRow } from '../remedies.js';
import type { Report, CombinedRows } from '../../contract/report.js';
import { mailsFigure } from './figures.js';
import { lasted, moment, shortMoment } from './format.js';
import { html, name, type Markup, type Part } from './markup.js';
import { outcomesTable } from './outcomes.js';
import { codesTable, facts, linesOf, section } from './section.js';

type Section = Markup | undefined;

export function fileErrorSection({ fileError }: Report): Section {
  if (!fileError) return undefined;
  return section(
    'What is wrong with the file',
    html`<div class="box bad">
        <p><code>${name(fileError.code)}</code></p>
        <p>${name(fileError.message)}</p>
      </div>
      <p>${remedyForFile(fileError.code)}</p>`,
  );
}

export function nextSection(report: Report): Section {
  const steps = nextSteps(report);
  if (steps.length === 0) return undefined;
  return section(
    'What can be done now',
    html`<ul>
      ${steps.map(({ what, command }) => html`<li>${what}: <code>${command}</code></li>`)}
    </ul>`,
  );
}

export function errorsSection({ errors, ending }: Report): Section {
  if (Object.keys(errors).length === 0) return undefined;
  const title = ending === 'dry-run' ? 'Rows that would not go in' : 'Rows that did not go in';
  return section(
    title,
    codesTable('Code', errors, remedyForRow),
    html`<p class="note">
      A row counts under each code that it has. The header is line 1. All of these rows, with the
      reasons, are in rejects.csv.
    </p>`,
  );
}

export async function invitationsSection(report: Report): Promise<Section> {
  const { due, sent, failed, failures } = report.invitations;
  if (due + sent + failed === 0) return undefined;
  const counts: [string, Part][] = [
    ['sent', formatNumber(sent)],
    ...(failed > 0 ? [['failed', formatNumber(failed)] satisfies [string, Part]] : []),
    ...(due > 0 ? [['still due', formatNumber(due)] satisfies [string, Part]] : []),
  ];
  return section(
    'Invitations',
    html`<p class="soft">
      Mails to users without a password, with which they choose one. Sent means that the mail server
      took the mail.
    </p>`,
    facts(counts, 'numbers'),
    await mailsFigure(report),
    failed > 0 &&
      html`<h3>Mails that failed</h3>
        ${codesTable('Reason', failures, remedyForMail)}`,
  );
}

export function rolesSection({ roles, roleChanges, ending }: Report): Section {
  const byRole = Object.entries(roles).sort(([, a], [, b]) => b - a);
  if (byRole.length === 0 && roleChanges.length === 0) return undefined;
  return section(
    'Roles',
    byRole.length > 0 &&
      html`<table>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col" class="n">Valid rows</th>
          </tr>
        </thead>
        <tbody>
          ${byRole.map(
            ([role, count]) =>
              html` <tr>
                <th scope="row">${name(role)}</th>
                <td class="n">${formatNumber(count)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    roleChanges.length > 0 &&
      html`<h3>
          ${ending === 'dry-run' ? 'Users whose role would change' : 'Users whose role has changed'}
        </h3>
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" class="n">Users</th>
              <th scope="col">Lines of the file</th>
            </tr>
          </thead>
          <tbody>
            ${roleChanges.map(
              (change) =>
                html` <tr>
                  <td data-what="From">${name(change.from)}</td>
                  <td data-what="to">${name(change.to)}</td>
                  <td class="n" data-what="Users:">${formatNumber(change.count)}</td>
                  <td data-what="Lines:">${linesOf(change)}</td>
                </tr>`,
            )}
          </tbody>
        </table>`,
  );
}

export function warningsSection({ warnings }: Report): Section {
  if (warnings.length === 0) return undefined;
  return section(
    'Warnings',
    html`<ul>
      ${warnings.map((warning) => html`<li>${name(warning)}</li>`)}
    </ul>`,
  );
}

export function attemptsSection({ attempts, combined, run, ...last }: Report): Section {
  if (!attempts && !combined) return undefined;
  const all = [
    ...(attempts ?? []),
    { ...last, run, file: last.settings.file, actor: last.settings.actor },
  ];
  return section(
    'All attempts',
    html`<p class="soft">This run imported corrected rows of an earlier one.</p>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">File, who</th>
            <th scope="col">Started (UTC)</th>
            <th scope="col" class="n">Rows</th>
            <th scope="col" class="n">Created</th>
            <th scope="col" class="n">Updated</th>
            <th scope="col" class="n">Not in</th>
          </tr>
        </thead>
        <tbody>
          ${all.map(
            ({ file, actor, startedAt, rows }, i) =>
              html` <tr>
                <th scope="row">${i + 1}${i === all.length - 1 && ' (this one)'}</th>
                <td>${name(file)}, ${name(actor)}</td>
                <td data-what="Started">${moment(startedAt)}</td>
                <td class="n" data-what="Rows:">${formatNumber(rows.total)}</td>
                <td class="n" data-what="Created:">${formatNumber(rows.created)}</td>
                <td class="n" data-what="Updated:">${formatNumber(rows.updated)}</td>
                <td class="n" data-what="Not in:">
                  ${formatNumber(rows.failed + rows.invalid + rows.undecided + rows.unprocessed)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    combined &&
      html`<h3>The first file after all attempts</h3>
        ${outcomesTable(combined, false)}
        <p class="soft">${describeEdits(combined)}</p>`,
  );
}

/** What a corrected copy left out or brought along. */
function describeEdits({ dropped, added }: CombinedRows): string {
  return [
    'A rejected row counts under what the next round has made of it.',
    ...(dropped > 0 ? [`Left out of a corrected copy: ${formatNumber(dropped)}.`] : []),
    ...(added > 0 ? [`Added in a corrected copy: ${formatNumber(added)}.`] : []),
  ].join(' ');
}

export function undoneSection({ undone }: Report): Section {
  if (!undone) return undefined;
  const { at, actor, workflowId, forced, deleted, restored, kept, already_deleted, mailed } =
    undone;
  const counts: [string, number][] = [
    ['users deleted', deleted],
    ['fields put back', restored],
    ['deleted before', already_deleted],
    ['had got a mail', mailed],
  ];
  return section(
    'Taken back',
    html`<p>
      By ${name(actor)}, ${moment(at)}, as
      <code>${name(workflowId)}</code>${forced && ', by force: also what is in use'}.
    </p>`,
    facts(
      counts.map(([what, count]) => [what, formatNumber(count)]),
      'numbers',
    ),
    Object.keys(kept).length > 0 &&
      html`<h3>Left as they are</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">Why</th>
              <th scope="col" class="n">Users</th>
              <th scope="col">Lines of the file</th>
            </tr>
          </thead>
          <tbody>
            ${Object.entries(kept).map(
              ([why, count]) =>
                html` <tr>
                  <th scope="row">${name(why)}</th>
                  <td class="n">${formatNumber(count!.count)}</td>
                  <td>${linesOf(count!)}</td>
                </tr>`,
            )}
          </tbody>
        </table>`,
  );
}

export function timelineSection(report: Report): Section {
  const { timeline, timelineLeftOut = 0, startedAt, finishedAt } = report;
  const entries = [
    { at: startedAt, by: 'operator', text: 'Started.' },
    ...timeline,
    {
      at: finishedAt,
      by: 'import',
      text: `Report written, after ${lasted(startedAt, finishedAt)}.`,
    },
  ];
  return section(
    'Timeline',
    timelineLeftOut > 0 &&
      html`<p class="soft">${formatNumber(timelineLeftOut)} older entries are left out.</p>`,
    html`<table class="stack">
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          <th scope="col">By</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(
          ({ at, by, text }) =>
            html` <tr>
              <td class="n">
                <time datetime="${at}" title="${moment(at)}">${shortMoment(at, startedAt)}</time>
              </td>
              <td class="soft word">${by === 'operator' ? 'operator' : 'itself'}</td>
              <td>${name(text)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}

export function settingsSection({ settings }: Report): Section {
  const { file: _, actor: __, invitations, columns, ...others } = settings;
  const shown = [
    ...Object.entries(others),
    ...Object.entries(columns).map(([from, to]) => [`columns.${from}`, to] as const),
    ...Object.entries(invitations).map(([key, value]) => [`invitations.${key}`, value] as const),
  ].map(
    ([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return section(
    'Settings at the start',
    html`<table>
      <tbody>
        ${shown.map(
          ([key, value]) =>
            html` <tr>
              <th scope="row" class="word"><code>${name(key)}</code></th>
              <td>${name(value)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}

const FILES: Record<string, string> = {
  'results.csv': 'one line a row: what became of it, and its user’s id',
  'rejects.csv': 'the rows that did not go in, as they were, with the reasons',
  'audit.jsonl': 'an event for each user who was created or changed',
  'report.json': 'this report for programs',
  'report.html': 'this page',
};

export function filesSection({ files, purgedAt }: Report): Section {
  return section(
    'Files of this run',
    purgedAt !== undefined && html`<p>Its personal data was removed on ${moment(purgedAt)}.</p>`,
    html`<ul>
      ${files.map(
        (file) =>
          html`<li>
            <code>${name(file)}</code
            >${Object.hasOwn(FILES, file) && html` <span class="soft">${FILES[file]}</span>`}
          </li>`,
      )}
    </ul>`,
  );
}
