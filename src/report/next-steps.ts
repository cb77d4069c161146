/** What the operator may want to do once a run has ended: each command is one that would be accepted. */
import { formatNumber } from '../format.js';
import { word } from '../shell.js';
import type { LeftAloneCode } from '../contract/codes.js';
import type { Allowable } from '../contract/import/input.js';
import { ownFileName } from '../contract/own-file-name.js';
import type { Attempt, Report } from '../contract/report.js';
import { hasTakenBack } from './all-undone.js';
import { changedIn } from './leavers.js';

export interface NextStep {
  what: string;
  command: string;
}

type EndedRun = Pick<
  Report,
  'run' | 'rows' | 'ending' | 'files' | 'invitations' | 'settings' | 'leftAlone'
> &
  Pick<
    Partial<Report>,
    'undone' | 'purgedAt' | 'sha256' | 'combined' | 'attempts' | 'otherFiles' | 'leavers'
  >;

/** Each with its command. */
export function nextSteps(report: EndedRun): NextStep[] {
  const isImport = report.settings.dryRun === false;
  const steps = [
    ...stepsOfLeftAlone(report),
    ...(isImport ? [...stepsToGoOn(report), ...stepsToUndo(report)] : stepsOfDryRun(report)),
  ];
  if (!report.purgedAt) {
    const command = `user-import purge ${report.run.workflowId}`;
    steps.push({ what: 'Remove the personal data it left', command });
  }
  return steps;
}

function stepsToGoOn(report: EndedRun): NextStep[] {
  const { rows, ending, settings, invitations, undone } = report;
  // Nobody completes what was taken back: the file would import all of it anew.
  if (undone && hasTakenBack(undone)) return [];
  const again = startAgain(report);
  if (ending === 'done') {
    const isDue = invitations.due > 0 && settings.invitations.send !== 'never';
    const due = `${formatNumber(invitations.due)} invitations are still due`;
    return [
      ...stepsToRetry(report),
      ...(isDue ? [{ what: `${due}: start the same file again`, command: startFile(report) }] : []),
    ];
  }
  if (ending === 'validation-failed') {
    // rejects.csv has the invalid rows alone, and nobody of the others was imported.
    const what =
      rows.invalid > 0
        ? `${countOf(rows.invalid)} not valid: correct them in the file, and start it`
        : 'Correct the file, and start it';
    return [{ what, command: startFile(report) }];
  }
  const open = openRows(rows);
  if (open !== undefined) return [{ what: `${open}: ${again.what}`, command: again.command }];
  const left = rows.failed + rows.invalid + invitations.due;
  return left > 0 ? [{ what: `It was stopped: ${again.what}`, command: again.command }] : [];
}

/** Users of undecided rows may exist; undefined where there is neither. */
function openRows({ undecided, unprocessed }: Report['rows']): string | undefined {
  if (undecided === 0) return unprocessed > 0 ? `${countOf(unprocessed)} not reached` : undefined;
  const alone = `${countOf(undecided)} left undecided`;
  return unprocessed > 0 ? `${alone}, and ${countOf(unprocessed)} not reached` : alone;
}

/** The run goes on by itself where it is started again: with the same file. */
function startAgain(report: EndedRun): NextStep {
  const { settings, run, purgedAt } = report;
  // A purge has removed the copy that a retry would take.
  return settings.retryOf && !purgedAt
    ? { what: 'retry again, with the same file', command: `user-import retry ${run.workflowId}` }
    : { what: 'start the same file again', command: startFile(report) };
}

/** Rows are rejected for good only by a run that came to its end. */
function stepsToRetry({ run, rows, files, purgedAt }: EndedRun): NextStep[] {
  const rejected = rows.invalid + rows.failed;
  if (rejected === 0 || !files.includes('rejects.csv') || purgedAt) return [];
  return [
    {
      what: `${countOf(rejected)} rejected: correct rejects.csv, then import it`,
      command: `user-import retry ${run.workflowId}`,
    },
  ];
}

/** Offered as long as a run has users to whom no undo has come. */
function stepsToUndo(report: EndedRun): NextStep[] {
  const runs = undoneWith(report).filter((run) => changedIn(run) > 0);
  const isUndone = runs.some(({ undone }) => undone);
  const isLeft = runs.some(({ undone }) => !undone || undone.not_reached > 0);
  if (!isLeft) return [];
  // Users whom a run has created since are all that there are.
  const isAnew = runs.at(-1)?.undone === undefined;
  const whole = report.settings.retryOf ? 'Undo this retry alone' : 'Undo this import';
  const what = isUndone && !isAnew ? 'Undo what is left of it' : whole;
  return [{ what, command: `user-import undo ${report.run.workflowId}` }];
}

/** An undo of the import takes all of its runs back, that of a retry the retry alone. */
function undoneWith({
  rows,
  leavers,
  undone,
  combined,
  settings,
  attempts,
  otherFiles = [],
}: EndedRun): Pick<Attempt, 'rows' | 'leavers' | 'undone'>[] {
  if (settings.retryOf) return [{ rows, undone }];
  if (attempts) return [...otherFiles, ...attempts, { rows, leavers, undone }];
  return [...otherFiles, { rows: combined ?? rows, leavers, undone }];
}

function stepsOfDryRun(report: EndedRun): NextStep[] {
  const { rows, ending, settings } = report;
  const command = startFile(report);
  if (ending === 'dry-run' || ending === 'validation-failed') {
    const correct =
      rows.invalid > 0
        ? `${countOf(rows.invalid)} not valid: correct them in the file`
        : ending === 'validation-failed' && 'Correct the file';
    const options = 'with the same options but --dry-run';
    const what = correct ? `${correct}, then import it, ${options}` : `Import it, ${options}`;
    return [{ what, command }];
  }
  const how = settings.dryRun === 'live' ? '--dry-run live' : '--dry-run';
  return [{ what: 'It was stopped: try it again', command: `${command} ${how}` }];
}

/** The way out for rows whose changes are not allowed; also after a dry run. */
function stepsOfLeftAlone(report: EndedRun): NextStep[] {
  const { rows, leftAlone, settings, undone } = report;
  if (undone) return [];
  const missing = (Object.entries(ALLOWS) as [LeftAloneCode, Allowable][])
    .filter(([code]) => leftAlone[code])
    .map(([, allow]) => allow);
  if (missing.length === 0) return [];
  const allow = [...settings.allow, ...missing].join(',');
  return [
    {
      what: `${countOf(rows.left_alone)} left alone: if the changes are meant, allow them`,
      command: `${startFile({ ...report, settings: { ...settings, mode: 'update' } })} --allow ${allow}`,
    },
  ];
}

const ALLOWS: Partial<Record<LeftAloneCode, Allowable>> = {
  activation_not_allowed: 'activate',
  address_change_not_allowed: 'change-address',
  identifier_change_not_allowed: 'change-identifier',
};

/** Starts the file of a run by the name that its owner knows it by; of a retry, the corrected copy. */
function startFile(report: EndedRun): string {
  const { settings, run, ending, purgedAt } = report;
  const file = ownFile(report);
  // A retry that came to its end may have rejected nothing: then its file is started like any other.
  if (!settings.retryOf || ending === 'done') {
    return `user-import start ${file}${modeOf(report)}${mailsOf(report)}`;
  }
  // The dry run of a retry is no attempt.
  const id = settings.dryRun === false ? run.workflowId : settings.retryOf.workflowId;
  const isTheRuns = file === 'rejects.csv' && !purgedAt;
  return `user-import retry ${id}${isTheRuns ? '' : ` ${file}`}`;
}

/** Without it, rows that are left to update would be skipped, and the users of a source would be of none. */
function modeOf({ settings }: EndedRun): string {
  return settings.mode === 'update' ? ` --mode update${sourceOf(settings)}` : '';
}

/** Whoever wanted no mails is not to send them by a command that was copied. */
function mailsOf({ settings: { invitations } }: EndedRun): string {
  const { send } = invitations;
  return send === 'after-import' ? '' : ` --invitations ${send}`;
}

/** A run from before there were sources has none. */
function sourceOf({ missing, onDrift, adopt }: Partial<EndedRun['settings']>): string {
  const { scope, do: what, atMost } = missing ?? {};
  if (scope === undefined) return '';
  return [
    ` --scope ${scope}`,
    ...(what === 'nothing' ? [] : [` --missing ${what}`, ` --at-most ${atMost}`]),
    ...(onDrift === 'keep' ? [' --on-drift keep'] : []),
    ...(adopt ? [' --adopt'] : []),
  ].join('');
}

/** Ready for a shell. What cannot be shown in a page and in Temporal's UI alike is left to be filled in. */
function ownFile({ settings: { file, newest }, sha256, run }: EndedRun): string {
  // No file of a pattern is known where none could be taken.
  if (newest) return 'FILE';
  const own = ownFileName(file, { sha256, workflowId: run.workflowId });
  if (/[\p{Cc}`]/u.test(own)) return 'FILE';
  return word(own.startsWith('-') ? `./${own}` : own);
}

const countOf = (rows: number): string =>
  `${formatNumber(rows)} ${rows === 1 ? 'row was' : 'rows were'}`;
