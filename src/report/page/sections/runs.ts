/** Each run of the import, its retries included: when, on whose behalf, its end, its counts. */
import type { Attempt, CombinedRows, Report } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { lasted, moment } from '../format.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { section } from '../section.js';
import { fileOfRun } from '../overall.js';

const ENDINGS: Record<Report['ending'], string> = {
  done: 'Done',
  unchanged: 'Unchanged',
  'dry-run': 'Dry run',
  'validation-failed': 'Validation failed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  terminated: 'Terminated',
  'timed-out': 'Timed out',
};

export function runsSection(report: Report): Markup | undefined {
  const { attempts, combined, settings } = report;
  if (!attempts) return undefined;
  const latest: Attempt = { ...report, file: settings.file, actor: settings.actor };
  return section(
    'Runs of this import',
    runsTable(
      [...attempts, latest],
      (i) => `Run ${i + 1}${i === attempts.length ? ' (latest)' : ''}`,
    ),
    combined && html`<p class="note">${describeSum(combined)}</p>`,
  );
}

/** Runs of other rows, which would be mistaken for a part of the sum. */
export function otherFilesSection({ otherFiles }: Report): Markup | undefined {
  if (!otherFiles) return undefined;
  return section(
    'Other files under the same workflow id',
    html`<p class="soft">
      These runs imported other rows. They are not part of the numbers at the top.
    </p>`,
    runsTable(otherFiles, (i) => `Run ${i + 1}`),
  );
}

/** What is counted; what no run has is left out. */
const COUNTS: [what: string, count: (rows: Attempt['rows']) => number][] = [
  ['Rows', ({ total }) => total],
  ['Created', ({ created }) => created],
  ['Updated', ({ updated }) => updated],
  ['Left alone', ({ left_alone }) => left_alone],
  ['Rejected', ({ failed, invalid }) => failed + invalid],
  ['Undecided', ({ undecided }) => undecided],
  ['Not reached', ({ unprocessed }) => unprocessed],
];

function runsTable(runs: Attempt[], title: (i: number) => string): Markup {
  const counts = COUNTS.filter(([, count]) => runs.some(({ rows }) => count(rows) > 0));
  return html`<table class="stack">
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Its end</th>
        ${counts.map(([what]) => html`<th scope="col" class="n">${what}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${runs.map((run, i) => runRow(run, title(i), counts))}
    </tbody>
  </table>`;
}

function runRow(run: Attempt, title: string, counts: typeof COUNTS): Markup {
  const { actor, startedAt, rows, undone } = run;
  return html` <tr>
    <th scope="row">
      ${title}
      <span class="more">${name(fileOfRun(run))}, on behalf of ${name(actor)}</span>
      <span class="more"><code>${name(run.run.workflowId)}</code></span>
    </th>
    <td>
      ${describeEnd(run)}
      <span class="more">started ${moment(startedAt)}</span>
      ${undone && html`<span class="more">${describeUndone(undone)}</span>`}
    </td>
    ${counts.map(
      ([what, count]) =>
        html`<td class="inline n" data-what="${what}:">${formatNumber(count(rows))}</td>`,
    )}
  </tr>`;
}

function describeEnd({ ending, startedAt, finishedAt }: Attempt): Part {
  if (ending === undefined) return 'Ended without a report';
  const took =
    finishedAt !== undefined &&
    html`, after <span class="whole">${lasted(startedAt, finishedAt)}</span>`;
  return html`${ENDINGS[ending]}${took}`;
}

function describeUndone(undone: NonNullable<Attempt['undone']>): Part {
  const { at, actor, deleted, restored, kept, not_reached } = undone;
  const counts: [what: string, count: number][] = [
    ['deleted', deleted],
    ['restored', restored],
    ['kept', Object.values(kept).reduce((sum, code) => sum + code!.count, 0)],
    ['not reached', not_reached],
  ];
  const told = counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${formatNumber(count)} ${what}`);
  return html`<strong>undone</strong> ${moment(at)} by ${name(actor)}:
    ${told.join(', ') || 'nobody was left'}`;
}

/** How the numbers at the top come about, and what a corrected copy left out or brought along. */
function describeSum({ dropped, added }: CombinedRows): string {
  return [
    'At the top, each row counts once: as created or updated by the run that did it, else by what its last run made of it.',
    ...(dropped > 0 ? [`Left out of a corrected copy: ${formatNumber(dropped)}.`] : []),
    ...(added > 0 ? [`Added in a corrected copy: ${formatNumber(added)}.`] : []),
  ].join(' ');
}
