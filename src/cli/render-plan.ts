/** What is in the file, and which fields it changes, for whoever approves an import or has asked for a dry run. */
import type { Progress } from '../contract/import/progress.js';
import type { Report } from '../contract/report.js';
import { describeRoles } from '../progress/details.js';
import {
  describeTenants,
  roleHeadlines,
  sampleText,
  sampleTexts,
  type SampleText,
} from '../progress/plan-texts.js';

/** More tenants than this are told by their number. */
const MOST_TENANTS = 10;
/** Rows on a terminal; the answer of the query has more. */
const MOST_SAMPLE = 5;

/** Between the notice, which counts, and the question; empty while nothing waits for approval. */
export function renderGate(progress: Progress): string[] {
  if (progress.phase !== 'awaiting-approval') return [];
  return [...roleHeadlines(progress), ...renderValues(progress.plan), ...renderSamples(progress)];
}

/** Roles and tenants of the valid rows, each in a line. */
export function renderValues({ roles, tenants }: Pick<Progress['plan'], 'roles' | 'tenants'>) {
  return [describeRoles(roles), ...(tenants ? [describeTenants(tenants, MOST_TENANTS)] : [])];
}

export function renderSamples(progress: Progress): string[] {
  return sampleTexts(progress, MOST_SAMPLE).flatMap(renderSample);
}

/** The same of a dry run that has ended. */
export function renderDryRun({
  roles,
  tenants,
  sample = [],
}: Partial<Pick<Report, 'roles' | 'tenants' | 'sample'>>): string[] {
  return [
    ...(roles ? renderValues({ roles, ...(tenants && { tenants }) }) : []),
    ...sampleText('Would change, of some rows', sample, MOST_SAMPLE).flatMap(renderSample),
  ];
}

/** Two lines a row: eighty columns hold no more beside an id. */
function renderSample({ title, rows }: SampleText): string[] {
  return [
    `${title}:`,
    ...rows.flatMap(({ place, identityId, fields }) => [
      `  ${place}, identity ${identityId}`,
      `    ${fields}`,
    ]),
  ];
}
