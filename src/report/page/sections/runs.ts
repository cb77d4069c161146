/** Each run of the import, its retries included: when, on whose behalf, its end, its counts. */
import type { CombinedRows, Report, RetryAttempt } from '../../../contract/report.js';
import { formatNumber } from '../../../format.js';
import { lasted, moment } from '../format.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { section } from '../section.js';
import { nameOf } from '../overall.js';

const ENDINGS: Record<Report['ending'], string> = {
  done: 'Done',
  'dry-run': 'Dry run',
  'validation-failed': 'Validation failed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

type Run = RetryAttempt & Pick<Report, 'undone' | 'sha256'>;

export function runsSection(report: Report): Markup | undefined {
  const { attempts, combined } = report;
  if (!attempts) return undefined;
  const runs: Run[] = [
    ...attempts,
    { ...report, file: report.settings.file, actor: report.settings.actor },
  ];
  return section(
    'Runs of this import',
    html`<table class="stack">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Its end</th>
          <th scope="col" class="n">Rows</th>
          <th scope="col" class="n">Created</th>
          <th scope="col" class="n">Updated</th>
          <th scope="col" class="n">Rejected</th>
          <th scope="col" class="n">Not reached</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map((run, i) => runRow(run, i, runs.length))}
      </tbody>
    </table>`,
    combined && html`<p class="note">${describeSum(combined)}</p>`,
  );
}

function runRow(run: Run, i: number, count: number): Markup {
  const { file, actor, ending, startedAt, finishedAt, rows, undone } = run;
  const counts: [string, number][] = [
    ['Rows', rows.total],
    ['Created', rows.created],
    ['Updated', rows.updated],
    ['Rejected', rows.failed + rows.invalid],
    ['Not reached', rows.undecided + rows.unprocessed],
  ];
  return html` <tr>
    <th scope="row">
      Run ${i + 1}${i === count - 1 && ' (latest)'}
      <span class="more">${name(nameOf(file, run.run, run))}, on behalf of ${name(actor)}</span>
      <span class="more"><code>${name(run.run.workflowId)}</code></span>
    </th>
    <td>
      ${ENDINGS[ending] ?? name(ending)}, after
      <span class="whole">${lasted(startedAt, finishedAt)}</span>
      <span class="more">started ${moment(startedAt)}</span>
      ${undone && html`<span class="more">${describeUndone(undone)}</span>`}
    </td>
    ${counts.map(
      ([what, value]) =>
        html`<td class="inline n" data-what="${what}:">${formatNumber(value)}</td>`,
    )}
  </tr>`;
}

function describeUndone({ at, actor, deleted, restored }: NonNullable<Run['undone']>): Part {
  return html`undone ${moment(at)} by ${name(actor)}: ${formatNumber(deleted)} deleted,
  ${formatNumber(restored)} restored`;
}

/** How the numbers at the top come about, and what a corrected copy left out or brought along. */
function describeSum({ dropped, added }: CombinedRows): string {
  return [
    'At the top, each row counts once, under its outcome in the latest run that had it.',
    ...(dropped > 0 ? [`Left out of a corrected copy: ${formatNumber(dropped)}.`] : []),
    ...(added > 0 ? [`Added in a corrected copy: ${formatNumber(added)}.`] : []),
  ].join(' ');
}
