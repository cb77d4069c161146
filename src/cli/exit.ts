import type { Report } from '../contract/report.js';

/** Exit statuses, the same for every command. */
export const EXIT = {
  done: 0,
  /** Done but some rows did not go in, or validation failed, or cancelled. */
  incomplete: 1,
  wrongUse: 2,
  unreachable: 3,
  /** Ctrl+C; the import itself goes on. */
  interrupted: 130,
} as const;

/** What a run that has ended means for the one who asks for it. */
export function statusOf({
  ending,
  rows,
  invitations,
}: Pick<Report, 'ending' | 'rows' | 'invitations'>): number {
  const short = rows.failed + rows.invalid + rows.undecided + invitations.failed > 0;
  const isWhole = (ending === 'done' || ending === 'dry-run') && !short;
  return isWhole ? EXIT.done : EXIT.incomplete;
}

/** Ends a command with a message for the person at the terminal, who has no use for a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}
