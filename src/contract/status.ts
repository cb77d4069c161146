/**
 * The states of a run, as data: the phases of an import and of an undo with the transitions that are allowed, and the
 * facts that can hold in a phase: what pauses it, what waits for approval, what stalls it. Every change of a phase goes
 * through `moveTo`.
 */
import { formatNumber } from '../format.js';

interface PhaseStatus<Phase extends string> {
  /** What Temporal's UI shows. */
  line: string;
  /** The phases that may follow. */
  next: readonly Phase[];
}
export type PhaseTable<Phase extends string> = Readonly<Record<Phase, PhaseStatus<Phase>>>;

export type ImportPhase =
  | 'preflight'
  | 'validating'
  | 'awaiting-approval'
  | 'importing'
  | 'leavers'
  | 'inviting'
  | 'reporting'
  | 'done';

/** A run that fails or is cancelled writes its report, whatever phase it is in. */
export const IMPORT_PHASES: PhaseTable<ImportPhase> = {
  preflight: {
    line: 'Checking that everything needed is there',
    next: ['validating', 'reporting'],
  },
  validating: {
    line: 'Validating the whole file; nothing is created yet',
    next: ['importing', 'reporting'],
  },
  'awaiting-approval': {
    line: 'Waiting for approval',
    next: ['importing', 'leavers', 'reporting'],
  },
  importing: {
    line: 'Importing',
    next: ['awaiting-approval', 'leavers', 'inviting', 'reporting'],
  },
  leavers: {
    line: 'Dealing with users who are not in the file any more',
    next: ['awaiting-approval', 'inviting', 'reporting'],
  },
  inviting: { line: 'Sending invitations', next: ['reporting'] },
  // A run that is cancelled while it writes its report begins the report anew.
  reporting: { line: 'Writing the report', next: ['reporting', 'done'] },
  done: { line: 'Done', next: [] },
};

export type UndoPhase =
  'preflight' | 'previewing' | 'awaiting-approval' | 'undoing' | 'reporting' | 'done';

/** An undo that ends before anything was approved has changed nothing, and writes no list. */
export const UNDO_PHASES: PhaseTable<UndoPhase> = {
  preflight: { line: 'Checking that everything needed is there', next: ['previewing'] },
  previewing: {
    line: 'Previewing every user; no user is deleted or changed yet',
    // An import that is undone already leaves nothing to approve.
    next: ['awaiting-approval', 'reporting'],
  },
  'awaiting-approval': {
    line: 'Waiting for approval of the plan',
    next: ['undoing'],
  },
  undoing: { line: 'Undoing the import', next: ['reporting'] },
  reporting: { line: 'Writing the list', next: ['reporting', 'done'] },
  done: { line: 'Done', next: [] },
};

/**
 * Moves a run into another phase.
 * @throws Error for a transition that the table does not have: a bug, so the workflow task fails, which shows and which
 * a corrected worker can retry
 */
export function moveTo<Phase extends string>(
  phases: PhaseTable<Phase>,
  state: { phase: Phase },
  phase: Phase,
): void {
  if (!phases[state.phase].next.includes(phase)) {
    throw new Error(`A run cannot go from the phase ${state.phase} to ${phase}.`);
  }
  state.phase = phase;
}

/** Why no new chunk and no new mail starts. A run goes on once no reason is left. */
export const PAUSE_REASONS = {
  operator: 'The operator paused it; resume ends it.',
  token: 'Kratos refuses the token; it ends by itself once the token works again.',
  failures: 'More rows fail than haltAboveFailureRate allows; resume ends it.',
  invitations: 'The mail server refuses one invitation after the other; resume ends it.',
} as const;
export type PauseReason = keyof typeof PAUSE_REASONS;

/** What an approval is asked for with. */
interface ApprovalContext {
  canaryRows: number;
  /** Of the file that is approved. */
  sha256: string;
  /** What becomes of the users who exist already; empty where they are skipped. */
  existing: string;
  /** What came of the sign-ins of known users; empty where none were named. */
  knownUsers: string;
  /** Users of rows who are of no source. */
  adoptable: number;
  /** Why leavers are asked for, in numbers; empty where they are not. */
  leavers: string;
}

/** What waits for `approve`, each with the notice that asks for it. */
export const APPROVALS = {
  plan: ({ existing, sha256 }: ApprovalContext) =>
    `The plan is ready; nobody has been created or changed yet. ${existing}Approve it to go on. The file's SHA-256 is ${sha256}.`,
  // One approval for both: another one, sent twice, would be taken for the second before anybody has read it.
  adoption: ({ adoptable, leavers }: ApprovalContext) =>
    `${leavers === '' ? '' : `${leavers} `}There are ${formatNumber(adoptable)} users of rows who are of no source, and would be taken into this one: from then on who is not in the file leaves. Nobody has been changed yet. Who they are: user-import results ID. Approve it to go on, or cancel.`,
  leavers: ({ leavers }: ApprovalContext) =>
    `${leavers} Nobody has been changed yet. Who they are: user-import results ID. Approve it to go on, or cancel.`,
  canary: ({ canaryRows, existing, knownUsers }: ApprovalContext) =>
    `The first ${formatNumber(canaryRows)} rows are done. ${knownUsers}${existing}Look at what came of them, then approve to go on with the others.`,
  mode: ({ existing }: ApprovalContext) =>
    `Existing users are to be updated, which was not approved. ${existing}Approve it to go on, or set the mode back to skip.`,
} as const;
export type PendingApproval = keyof typeof APPROVALS;

/** Held invitations are no pause: the rows are done, and the import waits for `releaseInvitations`. */
export const HELD_INVITATIONS = 'Invitations are held. Send them with releaseInvitations.';

/** What an activity waits for while it makes no progress. */
export const STALLS = {
  overloaded: 'Kratos asks for less: fewer chunks in flight.',
  unauthorized: 'Kratos refuses the token: nothing new starts.',
  unavailable: 'Kratos, the audit database or a folder is away and is tried again.',
} as const;
export type Stall = keyof typeof STALLS;
