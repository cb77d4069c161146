/** What nobody reads and somebody looks up. */
import { describeCsv } from '../../../contract/dialect.js';
import type { Report } from '../../../contract/report.js';
import { moment } from '../format.js';
import { html, name, type Markup, type Part } from '../markup.js';
import { facts, section } from '../section.js';

export function detailsSection(report: Report): Markup {
  const { run, settings, csv, sha256, startedAt, finishedAt } = report;
  const all: [string, Part][] = [
    ['File below the import root', name(settings.file)],
    ['SHA-256 of the file', sha256 !== undefined && html`<code>${name(sha256)}</code>`],
    ['Read with', csv && describeCsv(csv)],
    ['Workflow id', html`<code>${name(run.workflowId)}</code>`],
    ['Run id', html`<code>${name(run.runId)}</code>`],
    ['Started', moment(startedAt)],
    ['Ended', moment(finishedAt)],
  ];
  return section('Details', facts(all.filter(([, value]) => Boolean(value))));
}
