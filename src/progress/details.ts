/** The progress of an import as Markdown, for the workflow's current details in the Temporal UI. */
import type { Outcome } from '../contract/import/outcomes.js';
import type { Progress } from '../contract/import/progress.js';
import { IMPORT_PHASES } from '../contract/status.js';
import { formatNumber, formatSeconds, formatTime } from '../format.js';
import { renderCommands, renderEnd, type RunEnd } from './end-details.js';
import {
  describeSource,
  describeTenants,
  isLiveDryRun,
  roleHeadlines,
  sampleTexts,
} from './plan-texts.js';
import { shortText, withoutLinks } from './short-text.js';

/** Temporal takes 20,000 bytes of details, so every list and every text in them is bounded. */
const MOST_WARNINGS = 20;
const MOST_NOTICES = 10;
const MOST_ROLES = 20;
const MOST_OF_ROLES = 1_500;
const MOST_OF_TENANTS = 1_000;
const MOST_SAMPLE = 10;
const MOST_OF_FIELDS = 160;

/** @param end what came of an import that has ended */
export function renderDetails(progress: Progress, workflowId: string, end?: RunEnd): string {
  const { rows, plan, notices } = progress;
  const isValidated = rows.total > 0;
  const latest = notices.slice(-MOST_NOTICES).reverse();
  const parts = [
    `**${end?.title ?? title(progress)}**`,
    ...(end ? renderEnd(end) : roleHeadlines(progress).map((text) => `**${shortText(text)}**`)),
    ...(isValidated ? [rowsLine(progress), outcomesLine(progress), chunksLine(progress)] : []),
    progress.source === undefined ? '' : `${capital(describeSource(progress.source))}.`,
    invitationsLine(progress),
    progress.knownUsers === undefined ? '' : shortText(progress.knownUsers),
    progress.changes.length > 0 ? `Changed: ${shortText(progress.changes.join(', '))}.` : '',
    list(latest.map(({ at, text }) => `${formatTime(at)}: ${inNarrowType(shortText(text))}`)),
    ...(isValidated
      ? [`**Plan**: ${shortText(describeRoles(plan.roles, MOST_ROLES), MOST_OF_ROLES)}`]
      : []),
    plan.tenants === undefined
      ? ''
      : capital(shortText(describeTenants(plan.tenants, MOST_ROLES), MOST_OF_TENANTS)),
    plan.csv === undefined ? '' : `The file: ${plan.csv}.`,
    plan.sha256 === undefined ? '' : `SHA-256 of the file: \`${plan.sha256}\``,
    isValidated && plan.updates !== undefined ? shortText(plan.updates) : '',
    ...(end ? [] : sampleParts(progress)),
    list(
      isValidated
        ? plan.warnings.slice(0, MOST_WARNINGS).map((text) => withoutLinks(shortText(text)))
        : [],
    ),
    ...(end ? [] : [commandsToCopy(progress, workflowId)]),
    PADDING,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Temporal UI 2.42 cuts off the last line and a half of the text: this line is what it cuts off. */
const PADDING = '\u00a0';

/** Only as code does a SHA-256 fit into a line of the UI, which breaks no word. */
function inNarrowType(text: string): string {
  return withoutLinks(text).replace(/\b[0-9a-f]{64}\b/g, '`$&`');
}

function list(lines: string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function rowsLine(progress: Progress): string {
  const { done, total } = progress.rows;
  return `${formatNumber(done)} of ${formatNumber(total)} rows${percent(done, total)}${pace(progress)}`;
}

const CANCELLING = 'CANCELLING — what is in flight finishes, then the report is written';

function title(progress: Progress): string {
  const { phase, paused, cancelling, invitations } = progress;
  const isPreview = (phase === 'importing' || phase === 'leavers') && isLiveDryRun(progress);
  const name = isPreview
    ? 'Dry run: asking Kratos about every row; nothing is changed'
    : IMPORT_PHASES[phase].line;
  const held = phase === 'inviting' && invitations.held ? 'HELD — ' : '';
  if (cancelling) return phase === 'reporting' ? `CANCELLED — ${name}` : CANCELLING;
  return paused ? `PAUSED — ${held}${name}` : `${held}${name}`;
}

/** Not as a table: UI versions differ in whether they have tables, and space between their columns. */
function outcomesLine({ rows }: Progress): string {
  const { total: _, done: __, ...counts } = rows;
  return Object.entries(counts)
    .filter(([name, count]) => count > 0 || !BY_ACTION.has(name))
    .map(([name, count]) => `${name.replace('_', ' ')} **${formatNumber(count)}**`)
    .join(' · ');
}

/** Rows come to these only where a column says so. */
const BY_ACTION: ReadonlySet<string> = new Set<Outcome>([
  ...(['deactivated', 'deleted', 'would_deactivate', 'would_delete'] as const),
]);

/** A title and a list for each sample. */
function sampleParts(progress: Progress): string[] {
  return sampleTexts(progress, MOST_SAMPLE).flatMap(({ title, rows }) => [
    `${title}:`,
    list(
      rows.map(
        ({ place, identityId, fields }) =>
          `${place}, \`${identityId}\`: ${withoutLinks(shortText(fields, MOST_OF_FIELDS))}`,
      ),
    ),
  ]);
}

function chunksLine(progress: Progress): string {
  const { chunks, mode } = progress;
  return `Chunks: ${formatNumber(chunks.done)} of ${formatNumber(chunks.total)} done, ${chunks.inFlight} in flight (${describeLimit(progress)}). Existing users: ${mode}.`;
}

function invitationsLine(progress: Progress): string {
  return progress.invitations.due > 0 ? `Invitations: ${describeInvitations(progress)}.` : '';
}

/** `12 of 340 sent, 1 failed, at most 60 a minute`. */
export function describeInvitations({ invitations }: Progress): string {
  const { due, sent, failed, perMinute, held } = invitations;
  return [
    `${formatNumber(sent)} of ${formatNumber(due)} sent`,
    ...(failed > 0 ? [`${formatNumber(failed)} failed`] : []),
    held ? 'the others held' : `at most ${formatNumber(perMinute)} a minute`,
  ].join(', ');
}

/** `at most 5`, with the concurrency that the operator wants while the limit is below it. */
export function describeLimit({ chunks, concurrency }: Progress): string {
  const less = chunks.allowed < concurrency ? `, of ${concurrency} wanted` : '';
  return `at most ${chunks.allowed}${less}`;
}

/** The commands that make sense now, ready for a shell. */
function commandsToCopy(progress: Progress, id: string): string {
  const { phase, paused, cancelling, mode, concurrency, invitations } = progress;
  const steerable = phase !== 'reporting' && !cancelling;
  const rowsLeft = steerable && phase !== 'inviting';
  const commands = [
    ['watch it', `watch ${id}`],
    ...(progress.rows.done > 0 || asksOfUsers(progress)
      ? [['row by row, so far', `results ${id}`]]
      : []),
    ...(steerable && phase === 'awaiting-approval' ? [['go on', `approve ${id}`]] : []),
    ...(steerable ? [paused ? ['go on', `resume ${id}`] : ['pause it', `pause ${id}`]] : []),
    ...(rowsLeft ? [['existing users', `mode ${id} ${mode === 'skip' ? 'update' : 'skip'}`]] : []),
    ...(rowsLeft ? [['chunks in flight', `concurrency ${id} ${concurrency}`]] : []),
    ...(steerable && phase === 'inviting' && invitations.held
      ? [['send the invitations', `release-invitations ${id}`]]
      : []),
    ...(steerable && invitations.due > 0
      ? [['mails a minute', `email-rate ${id} ${invitations.perMinute}`]]
      : []),
    ...(cancelling ? [] : [['stop it', `cancel ${id}`]]),
  ];
  return renderCommands(
    commands.map(([what, command]) => ({ what: what!, command: `user-import ${command}` })),
  );
}

/** Whether the results list whom an approval is of, before any row is done. */
function asksOfUsers({ phase, source }: Progress): boolean {
  return phase === 'awaiting-approval' && source !== undefined;
}

/** `admin 3, user 120`. */
export function describeRoles(roles: Record<string, number>, most = Infinity): string {
  const counts = Object.entries(roles).map(
    ([role, count]) => `${shortText(role)} ${formatNumber(count)}`,
  );
  if (counts.length === 0) return 'no valid rows';
  const more = counts.length > most ? [`and ${counts.length - most} more`] : [];
  return `users by role: ${[...counts.slice(0, most), ...more].join(', ')}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function pace({ phase, ratePerSecond, etaSeconds }: Progress): string {
  if (phase !== 'importing' || ratePerSecond === null) return '';
  const eta = etaSeconds === null ? '' : `, ${formatSeconds(etaSeconds)} to go`;
  return `, ${ratePerSecond.toFixed(ratePerSecond < 10 ? 1 : 0)} a second${eta}`;
}

function percent(done: number, total: number): string {
  return ` (${Math.floor((done * 100) / total)} %)`;
}
