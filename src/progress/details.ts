/** The progress of an import as Markdown, for the workflow's current details in the Temporal UI. */
import type { Phase, Progress } from '../contract/progress.js';
import { duration } from './duration.js';

/** Temporal takes 20,000 bytes of details: no list in them, and no text, may be of any length. */
const MOST_WARNINGS = 20;
const MOST_NOTICES = 10;
const MOST_ROLES = 20;
const MOST_CHARACTERS = 300;

const PHASES: Record<Phase, string> = {
  preflight: 'Checking that everything needed is there',
  validating: 'Validating the whole file; nothing is created yet',
  importing: 'Importing',
  reporting: 'Writing the report',
  done: 'Done',
};

export function renderDetails(progress: Progress, workflowId: string): string {
  const { rows, chunks, plan, notices } = progress;
  const parts = [`**${PHASES[progress.phase]}**`];
  for (const { at, text } of notices.slice(-MOST_NOTICES)) parts.push(`> ${at} ${short(text)}`);
  if (rows.total > 0) {
    parts.push(
      `${number(rows.done)} of ${number(rows.total)} rows${percent(rows.done, rows.total)}${pace(progress)}`,
      table(
        ['created', 'skipped', 'failed', 'invalid'],
        [rows.created, rows.skipped, rows.failed, rows.invalid],
      ),
      `Chunks: ${number(chunks.done)} of ${number(chunks.total)} done, ${chunks.inFlight} in flight (at most ${progress.concurrency}). Users who exist: ${progress.mode}.`,
      `**Plan**: ${describeRoles(plan.roles, MOST_ROLES)}`,
    );
    for (const warning of plan.warnings.slice(0, MOST_WARNINGS)) parts.push(`- ${short(warning)}`);
  }
  parts.push(
    [
      'From a shell:',
      '',
      `- watch it: \`user-import watch ${workflowId}\``,
      `- stop it: \`user-import cancel ${workflowId}\``,
    ].join('\n'),
  );
  return parts.join('\n\n');
}

/** `admin 3, user 120`. */
export function describeRoles(roles: Record<string, number>, most = Infinity): string {
  const counts = Object.entries(roles).map(([role, count]) => `${short(role)} ${number(count)}`);
  if (counts.length === 0) return 'no valid rows';
  const more = counts.length > most ? [`and ${counts.length - most} more`] : [];
  return `users by role: ${[...counts.slice(0, most), ...more].join(', ')}`;
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function pace({ phase, ratePerSecond, etaSeconds }: Progress): string {
  if (phase !== 'importing' || ratePerSecond === null) return '';
  const eta = etaSeconds === null ? '' : `, ${duration(etaSeconds)} to go`;
  return `, ${ratePerSecond.toFixed(ratePerSecond < 10 ? 1 : 0)} a second${eta}`;
}

function percent(done: number, total: number): string {
  return ` (${Math.floor((done * 100) / total)} %)`;
}

function table(names: string[], values: number[]): string {
  return [names, names.map(() => '--:'), values.map(number)]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

/** 1234567 as 1,234,567, whatever the machine's language. */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
