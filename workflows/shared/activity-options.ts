/** The timeouts and the retry policy of each activity. */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';

/** What fails may pass: it is tried until it succeeds, with exponential backoff, or until the operator cancels. */
const RETRY_WITHOUT_END = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
} as const;
/** The workflow itself waits between further tries, so that it can say what it waits for. */
const RETRY_TWICE = { maximumAttempts: 3, initialInterval: '1 second' } as const;
/** One run among many that cannot be purged must not hold up the others. */
const RETRY_NINE_TIMES = { ...RETRY_WITHOUT_END, maximumAttempts: 10 } as const;
/** Each attempt has a time of its own: the workflow puts what fails back into its queue. */
const NO_RETRY = { maximumAttempts: 1 } as const;

/** One pass over the file: hours only for hundreds of millions of rows. */
const WHOLE_FILE = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  retry: RETRY_WITHOUT_END,
} as const;

const UNDO = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '20 seconds',
  retry: RETRY_WITHOUT_END,
} as const;

const PURGE = {
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: RETRY_WITHOUT_END,
} as const;

/** Nobody waits for it, and what is older than a day tells nobody anything. */
const FOR_A_DAY = {
  initialInterval: '5 seconds',
  backoffCoefficient: 2,
  maximumInterval: '15 minutes',
} as const;

const INVITATION = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '20 seconds',
  retry: RETRY_WITHOUT_END,
} as const;

export const ACTIVITY_OPTIONS = {
  takeFile: {
    ...WHOLE_FILE,
    summary: 'Which file is it?',
    retry: RETRY_TWICE,
  },
  preflight: {
    summary: 'Is everything there?',
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '30 seconds',
    retry: RETRY_TWICE,
  },
  validateFile: { ...WHOLE_FILE, summary: 'Validate the whole file' },
  recordStart: {
    summary: 'Record the start',
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '20 seconds',
    retry: RETRY_WITHOUT_END,
  },
  replaceTakenId: {
    summary: "Whose is the workflow under a child's id?",
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '20 seconds',
    retry: RETRY_WITHOUT_END,
  },
  importRows: {
    // All chunks of a worker share its cores for hashing: fifty of 1,000 passwords take hours. Missing heartbeats
    // reveal a dead worker.
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: '20 seconds',
    // Asked for the rest, it returns what is done.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: RETRY_WITHOUT_END,
  },
  trySignIns: {
    summary: 'Do known users sign in?',
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '20 seconds',
    retry: RETRY_WITHOUT_END,
  },
  writeReport: { ...WHOLE_FILE, summary: 'Write the report' },

  listDueInvitations: {
    ...INVITATION,
    startToCloseTimeout: '1 hour',
    summary: 'List the users to invite next',
  },
  readInvitationControl: { ...INVITATION, summary: 'What does the import order now?' },
  nextOpening: INVITATION,
  giveUpInvitation: INVITATION,
  sendInvitation: {
    // With no worker there, a mail must not wait for one, which may come in a pause or after the window.
    scheduleToStartTimeout: '10 seconds',
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '20 seconds',
    retry: NO_RETRY,
  },
  sendMails: {
    scheduleToStartTimeout: '10 seconds',
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '20 seconds',
    retry: NO_RETRY,
  },
  findLostMails: { ...INVITATION, summary: 'Which mails of a lost step went out?' },

  sendNotification: {
    scheduleToCloseTimeout: '1 day',
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '20 seconds',
    retry: FOR_A_DAY,
  },

  prepareUndo: {
    summary: 'Find the runs, and see that everything is there',
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '30 seconds',
    retry: RETRY_TWICE,
  },
  previewUndo: UNDO,
  undoRows: UNDO,
  writeUndo: { ...UNDO, summary: 'Write the list of what was undone' },

  findRunsToPurge: PURGE,
  listRunsToPurge: PURGE,
  purgeRun: PURGE,
} as const satisfies Record<keyof Activities, ActivityOptions>;

export const PURGE_ONE_OF_MANY = { ...PURGE, retry: RETRY_NINE_TIMES } as const;

/** A run that ends early waits no longer than this for its report. */
export const REPORT_BEFORE_THE_END = { scheduleToCloseTimeout: '15 minutes' } as const;
