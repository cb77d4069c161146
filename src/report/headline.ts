/** The result of a run in a sentence, for readers who read nothing else. */
import { formatNumber } from '../format.js';
import { describeEffects } from '../contract/import/effects.js';
import type { Report } from '../contract/report.js';
import { leftIn, stayedOf } from './leavers.js';

export interface Headline {
  /** `mixed` and `bad` need a closer look. */
  mood: 'good' | 'mixed' | 'bad' | 'neutral';
  /** The ending in a word or three. */
  state: string;
  /** One sentence, with the number that matters. */
  title: string;
}

type HeadlineInput = Pick<
  Report,
  'ending' | 'rows' | 'fileError' | 'settings' | 'roleChanges' | 'otherChanges'
> &
  Pick<Partial<Report>, 'undone' | 'leavers' | 'unchangedSince'>;

/** What was undone comes first: the users of the rest of the sentence are not there any more. */
export function headlineOf(report: HeadlineInput): Headline {
  const ended = headlineOfEnd(report);
  return report.undone ? headlineOfUndone(report.undone, ended) : ended;
}

function headlineOfUndone(
  { deleted, restored, already_deleted, kept, not_reached }: NonNullable<Report['undone']>,
  ended: Headline,
): Headline {
  const keptUsers = Object.values(kept).reduce((sum, code) => sum + code!.count, 0);
  const left = keptUsers + not_reached;
  if (deleted + restored + already_deleted === 0) {
    return { ...ended, title: `${ended.title}; an undo left all ${users(left)} as they are` };
  }
  const done = [
    ...(deleted > 0 ? [`${users(deleted)} deleted`] : []),
    ...(restored > 0 ? [`${users(restored)} restored`] : []),
    ...(already_deleted > 0 ? [`${users(already_deleted)} found deleted`] : []),
    ...(keptUsers > 0 ? [`${users(keptUsers)} kept`] : []),
    ...(not_reached > 0 ? [`${users(not_reached)} not reached`] : []),
  ];
  const before =
    ended.state === 'Done' ? 'before that' : `before that, ${ended.state.toLowerCase()}`;
  return {
    mood: left > 0 ? 'mixed' : 'neutral',
    state: left > 0 ? 'Partly undone' : 'Undone',
    title: `${done.join(', ')}; ${before}: ${ended.title}`,
  };
}

function headlineOfEnd(report: HeadlineInput): Headline {
  const { ending, rows, fileError } = report;
  const changed = changedUsers(report);
  switch (ending) {
    case 'done': {
      const ofRows =
        rows.failed + rows.invalid + rows.left_alone + rows.undecided + rows.unprocessed;
      const left = ofRows + stayedOf(report.leavers);
      const state = left > 0 ? 'Done, with rows left out' : 'Done';
      return {
        mood: left > 0 ? 'mixed' : 'good',
        state,
        title: changed ?? `${noneChanged(rows)}${missing(report)}${leftAlone(rows)}`,
      };
    }
    case 'unchanged':
      return {
        mood: 'good',
        state: 'Unchanged',
        title: `The file is that of ${report.unchangedSince?.workflowId ?? 'the last run'}: nothing was done`,
      };
    case 'dry-run':
      return { mood: 'neutral', state: 'Dry run', title: dryRun(report) };
    case 'validation-failed':
      return {
        mood: 'bad',
        state: 'Validation failed',
        title: fileError
          ? 'Nobody was imported: the file cannot be used'
          : `Nobody was imported: ${ofRows(rows.invalid, rows.total)} not valid`,
      };
    case 'cancelled':
      return { mood: 'mixed', state: 'Cancelled', title: changed ?? 'Nobody was imported' };
    case 'failed':
      return { mood: 'bad', state: 'Failed', title: changed ?? 'Nobody was imported' };
    case 'terminated':
      return { mood: 'bad', state: 'Terminated', title: changed ?? 'Nobody was imported' };
    case 'timed-out':
      return { mood: 'bad', state: 'Timed out', title: changed ?? 'Nobody was imported' };
  }
}

/** What all runs of an import have come to, in a few words. */
export function headlineOfSum(rows: Report['rows']): string {
  const none = { roleChanges: [], otherChanges: {} };
  return changedUsers({ rows, ...none }) ?? noneChanged(rows);
}

/** Undefined when no user was created or changed. */
function changedUsers(
  report: Pick<HeadlineInput, 'rows' | 'roleChanges' | 'otherChanges' | 'leavers'>,
): string | undefined {
  const { created, updated } = report.rows;
  const counts: [what: string, count: number][] = [
    ['created', created],
    ['updated', updated],
    ['deactivated', leftIn(report, 'deactivated')],
    ['deleted', leftIn(report, 'deleted')],
  ];
  const [first, ...others] = counts.filter(([, count]) => count > 0);
  if (!first) return undefined;
  const [what, count] = first;
  const done = `${users(count)} ${what}${countOthers(Object.fromEntries(others))}`;
  return `${done}${effects(report)}${missing(report)}${leftAlone(report.rows)}`;
}

/** `, 3 updated, 1 deactivated`; what is none is left out. */
function countOthers(counts: Record<string, number>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `, ${formatNumber(count)} ${what}`)
    .join('');
}

function missing({ leavers }: Pick<HeadlineInput, 'leavers'>): string {
  const count = leavers?.missing ?? 0;
  return count > 0 ? `; ${users(count)} of the source not in the file` : '';
}

/** What an update did is told with the number: who may do what now, who gets in, where mail goes. */
function effects({
  roleChanges: roles,
  otherChanges: kinds,
}: Pick<HeadlineInput, 'roleChanges' | 'otherChanges'>): string {
  const told = describeEffects({ roles, kinds });
  return told.length > 0 ? ` (${told.join(', ')})` : '';
}

function leftAlone({ left_alone }: Report['rows']): string {
  return left_alone > 0 ? `; ${users(left_alone)} left alone` : '';
}

function noneChanged({ total, skipped, unchanged }: Report['rows']): string {
  return skipped + unchanged === total && total > 0
    ? 'All users in the file existed already'
    : 'No new user was imported';
}

function dryRun(report: HeadlineInput): string {
  const { rows, settings, fileError } = report;
  if (fileError) return 'The file cannot be used';
  if (settings.dryRun === 'live') {
    const { would_create, would_update } = rows;
    const rest = `${missing(report)}${leftAlone(rows)}`;
    const leave = countOthers({
      deactivated: leftIn(report, 'would_deactivate'),
      deleted: leftIn(report, 'would_delete'),
    });
    if (would_create + would_update === 0 && leave === '') {
      return `No user would be created or updated${rest}`;
    }
    const update = countOthers({ updated: would_update });
    return `${users(would_create)} would be created${update}${effects(report)}${leave}${rest}`;
  }
  return rows.invalid === 0
    ? `All ${formatNumber(rows.total)} rows are valid`
    : `${ofRows(rows.invalid, rows.total)} not valid`;
}

const users = (count: number): string => `${formatNumber(count)} ${count === 1 ? 'user' : 'users'}`;

const ofRows = (count: number, total: number): string =>
  `${formatNumber(count)} of ${formatNumber(total)} rows ${count === 1 ? 'is' : 'are'}`;
