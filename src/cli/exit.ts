import type { Report } from '../contract/report.js';
import { stayedOf } from '../report/leavers.js';

/** Exit statuses, the same for every command. */
export const EXIT = {
  done: 0,
  /** Done but some rows were rejected or left alone or some users could not leave, or validation failed, or cancelled. */
  incomplete: 1,
  wrongUse: 2,
  unreachable: 3,
  /** Ctrl+C; the import itself goes on. */
  interrupted: 130,
} as const;

const WHOLE: readonly Report['ending'][] = ['done', 'dry-run', 'unchanged'];

/** The exit status that the end of a run means. */
export function statusOf({
  ending,
  rows,
  leavers,
  invitations,
}: Pick<Report, 'ending' | 'rows' | 'leavers' | 'invitations'>): number {
  const left = rows.failed + rows.invalid + rows.left_alone + rows.undecided;
  const failures = left + invitations.failed + stayedOf(leavers);
  return WHOLE.includes(ending) && failures === 0 ? EXIT.done : EXIT.incomplete;
}

/** Ends a command with a message and no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}
