/**
 * What an operator looks at before they approve: who gets another role, whose tenants the rows are, and which fields
 * change, of some rows. The same words for terminals and for Temporal's UI.
 */
import { MOST_DISTINCT, NO_ROLE, type TenantCounts } from '../contract/findings.js';
import { describeFields, type ChangedRow } from '../contract/import/changed-rows.js';
import { describeRoleChanges } from '../contract/import/effects.js';
import type { Progress, SourceProgress } from '../contract/import/progress.js';
import { formatNumber } from '../format.js';
import { shortText } from './short-text.js';

/** Whether the run only asks Kratos: then it alone counts what would happen. */
export function isLiveDryRun({ rows }: Pick<Progress, 'rows'>): boolean {
  return rows.would_create !== undefined;
}

/** What is expected counts until rows are done, and whenever an operator decides on the next ones. */
function looksAhead({ phase, rows }: Progress): boolean {
  return phase === 'awaiting-approval' || (phase === 'importing' && rows.done === 0);
}

/** Who may do what, before everything else; empty where nobody's role changes. */
export function roleHeadlines(progress: Progress): string[] {
  const { roleChanges, plan } = progress;
  const now = describeRoleChanges(roleChanges, isLiveDryRun(progress) ? 'would get' : 'got');
  const expected = looksAhead(progress)
    ? describeRoleChanges(plan.roleChanges ?? [], 'would get')
    : undefined;
  return [
    ...(now === undefined ? [] : [`${now}.`]),
    ...(expected === undefined ? [] : [`Known so far of the whole file: ${expected}.`]),
  ];
}

/** `users by tenant: acme 120, (none) 3, and 120 more`. */
export function describeTenants({ distinct, rows }: TenantCounts, most = Infinity): string {
  if (!rows) {
    const least = distinct >= MOST_DISTINCT ? 'at least ' : '';
    return `${least}${formatNumber(distinct)} tenants, which the worker does not know (TENANTS), so that no name is shown`;
  }
  const sorted = Object.entries(rows).sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return 'no valid rows';
  const shown = sorted.slice(0, most);
  const named = shown.filter(([name]) => name !== NO_ROLE).length;
  const more = distinct > named ? [`and ${formatNumber(distinct - named)} more`] : [];
  const texts = shown.map(([tenant, count]) => `${shortText(tenant)} ${formatNumber(count)}`);
  return `users by tenant: ${[...texts, ...more].join(', ')}`;
}

/**
 * `source hr: 2,000 users who can sign in, 1,980 rows unchanged since its last run, 12 users not in the file (3 done:
 * deactivated 2, failed 1)`.
 */
export function describeSource(source: SourceProgress): string {
  const { name, scope, told, leavers, adoptable, settled, unchanged } = source;
  if (unchanged) return `source ${name}: the file is that of its last run`;
  const { total, done, ...outcomes } = leavers;
  const came = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${outcome.replace('_', ' ')} ${formatNumber(count)}`);
  const far = done > 0 ? ` (${formatNumber(done)} done: ${came.join(', ') || 'unchanged'})` : '';
  const facts = [
    `${formatNumber(scope)} users who can sign in`,
    `${formatNumber(settled)} rows unchanged since its last run`,
    ...(adoptable > 0 ? [`${formatNumber(adoptable)} users of rows of no source`] : []),
    ...(told > 0 ? [`${formatNumber(told)} told by their row to leave`] : []),
    ...(total > 0 ? [`${formatNumber(total)} users not in the file${far}`] : []),
  ];
  return `source ${name}: ${facts.join(', ')}`;
}

/** Some changed rows under what they are. */
export interface SampleText {
  title: string;
  rows: { place: string; identityId: string; fields: string }[];
}

/** Which fields change, of some rows: those that were done, and those that are to be approved. */
export function sampleTexts(progress: Progress, most: number): SampleText[] {
  const { sample, plan } = progress;
  const done = isLiveDryRun(progress) ? 'Would change, of some rows' : 'Changed, of some rows';
  return [
    ...sampleText(done, sample, most),
    ...(looksAhead(progress)
      ? sampleText('Would change, of some rows known so far', plan.sample ?? [], most)
      : []),
  ];
}

/** Empty without rows. */
export function sampleText(title: string, rows: readonly ChangedRow[], most: number): SampleText[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, most).map((row) => ({
    place: `line ${formatNumber(row.line)}`,
    identityId: row.identityId,
    fields: describeFields(row),
  }));
  return [{ title, rows: shown }];
}
