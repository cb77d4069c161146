/** A notification in words: the same ones in the mail and in the webhook. */
import type { RunRef } from '../contract/ids.js';
import type { Notification, OccasionName } from '../contract/notification.js';
import {
  HELD_INVITATIONS,
  PAUSE_REASONS,
  STALLS,
  type PendingApproval,
} from '../contract/status.js';
import { formatNumber } from '../format.js';

export interface Described {
  /** What follows the id in a subject: `waits for approval`. */
  title: string;
  /** A sentence or two: what it is, and what it waits for. */
  text: string;
  /** What can be done, most useful first. */
  commands: string[];
}

type Words = Record<OccasionName, Record<string, Omit<Described, 'commands'>>>;

const OF_BOTH = {
  paused: {
    operator: { title: 'was paused', text: PAUSE_REASONS.operator },
    token: { title: 'has paused: the token is refused', text: PAUSE_REASONS.token },
    failures: { title: 'has paused: too many rows fail', text: PAUSE_REASONS.failures },
    invitations: { title: 'has paused: mails are refused', text: PAUSE_REASONS.invitations },
  },
  stalled: {
    unavailable: {
      title: 'waits for a server',
      text: `${STALLS.unavailable} It has been for minutes; the notices say what is away.`,
    },
  },
  'invitations-held': { held: { title: 'holds its invitations', text: HELD_INVITATIONS } },
};

const WORDS: Record<Notification['of'], Words> = {
  import: {
    ...OF_BOTH,
    'awaiting-approval': {
      plan: {
        title: 'waits for approval of its plan',
        text: 'The plan is ready; nobody has been created or changed yet.',
      },
      adoption: {
        title: 'waits for approval of whom it takes over',
        text: 'Users who are of no source would be taken into this one. Nobody has been changed yet.',
      },
      leavers: {
        title: 'waits for approval of who leaves',
        text: 'More users would lose their access than expected, or the file is not as the last one. Nobody has been changed yet.',
      },
      canary: {
        title: 'waits for approval of its first rows',
        text: 'The canary rows are done. Look at what came of them, then approve to go on with the others.',
      },
      mode: {
        title: 'waits for approval of another mode',
        text: 'Existing users are to be updated, which was not approved.',
      },
    },
    ended: {
      done: { title: 'is done', text: 'The import is done.' },
      unchanged: {
        title: 'is done: the file is unchanged',
        text: 'The file is that of the last run, so nothing was done.',
      },
      'dry-run': { title: 'is done (dry run)', text: 'The dry run is done; nothing was changed.' },
      'validation-failed': {
        title: 'has failed: the file is not valid',
        text: 'Validation failed, so nobody was imported.',
      },
      failed: {
        title: 'has failed',
        text: 'The import has failed. Its page in Temporal says why.',
      },
      cancelled: { title: 'was cancelled', text: 'The import was cancelled.' },
    },
  },
  undo: {
    ...OF_BOTH,
    'awaiting-approval': {
      plan: {
        title: 'waits for approval of its plan',
        text: 'The plan is ready; nobody has been deleted or restored yet.',
      },
    },
    ended: {
      done: { title: 'is done', text: 'The undo is done.' },
      failed: { title: 'has failed', text: 'The undo has failed. Its page in Temporal says why.' },
      cancelled: { title: 'was cancelled', text: 'The undo was cancelled.' },
    },
  },
};

export function describe({ of, what, reason }: Notification, { workflowId }: RunRef): Described {
  // Whoever may write to the namespace may ask for a reason that only the other kind has.
  const words = WORDS[of][what][reason] ?? { title: what, text: `Reason: ${reason}.` };
  const commands = COMMANDS[what](reason, of).map(
    (command) => `user-import ${command} ${workflowId}`,
  );
  return { ...words, commands };
}

const COMMANDS: Record<OccasionName, (reason: string, of: Notification['of']) => string[]> = {
  'awaiting-approval': (reason) =>
    NAMES_USERS.has(reason)
      ? ['status', 'results', 'approve', 'cancel']
      : ['status', 'approve', 'cancel'],
  paused: (reason) => (reason === 'token' ? ['status'] : ['status', 'resume', 'cancel']),
  stalled: () => ['status'],
  'invitations-held': () => ['release-invitations', 'cancel'],
  // One that has failed early leaves no report; the report of an undo is that of its import.
  ended: (reason, of) => [reason === 'failed' || of === 'undo' ? 'status' : 'report'],
};

/** What is to be approved of users by name: the results list them before anything is done. */
const NAMES_USERS: ReadonlySet<string> = new Set<PendingApproval>(['adoption', 'leavers']);

/** `20 of 20,000 rows done; created 19, failed 1`. */
export function describeRows({ of, rows }: Pick<Notification, 'of' | 'rows'>): string {
  const { total = 0, done = 0, ...outcomes } = rows;
  const what = of === 'import' ? 'rows' : 'users';
  const counts = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name.replaceAll('_', ' ')} ${formatNumber(count)}`);
  const first = `${formatNumber(done)} of ${formatNumber(total)} ${what} done`;
  return counts.length > 0 ? `${first}; ${counts.join(', ')}` : first;
}
