/**
 * Queue of the users to invite, with retries by exponential backoff, a circuit breaker for a server that all of them
 * need, and the pace that the mail server was found to take. Plain JSON: it is carried through continue-as-new as it
 * is. Times are milliseconds of the workflow's clock. What is recorded may come in any order.
 */
import type { DuePage, InvitationCounts, InvitationResult } from '../contract/invitations.js';
import { RETRYABLE } from '../contract/failures.js';
import { formatNumber } from '../format.js';
import { exponentialBackoff } from '../flow-control/backoff.js';
import {
  isShut,
  mailRefused,
  mailTaken,
  NO_PACE,
  type LearnedPace,
} from '../flow-control/learned-pace.js';

/** One user to invite. */
export interface Invitation {
  chunk: number;
  line: number;
  /** Failed attempts, without those that only found a server still away. */
  tries: number;
  /** How many of the failed attempts may have sent a mail nevertheless. */
  unsure: number;
  /** The attempts that have failed at a limit of the sender. */
  busy?: Busy;
}

interface Busy {
  times: number;
  /** How many of these while others were sent. */
  passedBy: number;
  /** The number of mails that were sent until the last one. */
  sent: number;
}

export interface Queue {
  counts: InvitationCounts;
  /** The first chunk that has not been listed; absent once all are. */
  nextChunk?: number;
  /** Users who are listed and have not been tried. */
  page?: DuePage;
  /** Invitations that are tried again. */
  later: (Invitation & { at: number })[];
  /** Invitations that the server refused for good one after the other. */
  refusedInARow: number;
  /** What the mail server has said of the latest mails, the newest last: `+` accepted, `-` refused for good. */
  latest: string;
  /** So many were refused that the operator has to look: nothing goes out until `resume`. */
  stopped: boolean;
  /** Invitations that failed one after the other, as `chunk/line`, with no success between them. */
  failedInARow: string[];
  /** A server that all invitations need is away; one invitation tries it from time to time. */
  away?: { tries: number; until: number; awaitsToken: boolean; isTold: boolean };
  /** How often the operator was told so. */
  timesAway?: number;
  /** What the mail server's answers say of the pace that it takes. */
  learned?: LearnedPace;
  /** The mail server takes no mail of this sender for a while; one invitation tries it from time to time. */
  rest?: { tries: number; until: number; isQuota: boolean };
  /** Limits of the mail server that the operator knows of. */
  told?: ('pace' | 'quota')[];
  /** Since when no worker has begun an attempt, and whether the operator knows. */
  notBegun?: { since: number; isTold: boolean };
}

/** Why an attempt failed. */
export interface Failure {
  type: string;
  /** Without any value of a row. */
  message: string;
  /** How long the server asks for no request. */
  waitMs?: number | undefined;
}

const RETRY_DELAY = { firstMs: 15_000, longestMs: 3_600_000 };
/** These tries take a day: a mailbox that accepts nothing for so long no longer delays the end of the import. */
const MOST_TRIES = 30;
/** Each of these tries may have put a mail into the mailbox. */
const MOST_UNSURE = 3;
/** No new user is tried while this many wait for another try. */
const MOST_LATER = 200;
/** When this many users in a row cannot be reached, the server is at fault, not their mailboxes. */
export const SERVER_FAILS = 3;
const SERVER_WAIT = { firstMs: 5_000, longestMs: 60_000 };
/** Of a server that is away for a moment again and again, the operator is told no more often than that. */
const MOST_TOLD_AWAY = 20;
/** Of one that is away for longer, whose so many tries have failed, always. */
const LONG_AWAY = 3;
export const REFUSED_STOPS = 10;
/**
 * When so many of the latest mails are refused for good, most of the list is: lists with a fifth of dead addresses go
 * through, since half of 50 are hardly ever dead in those.
 */
const LATEST = 50;
const REFUSED_OF_LATEST = 25;
/** How long an invitation waits that has met a limit of the sender. */
const BUSY_DELAY = { firstMs: 5_000, longestMs: 60_000 };
/** An invitation that meets limits so often, while others are sent, is its own cause: from then on each is a try. */
const MOST_BUSY = 20;
const SHUT_WAIT = { firstMs: 5_000, longestMs: 60_000 };
/** Quotas are of an hour or a day. */
const QUOTA_WAIT = { firstMs: 60_000, longestMs: 3_600_000 };
/** Workers that are busy for no longer are not worth a notice. */
const BUSY_MS = 60_000;

/** The type of a failure that the worker could not report: it is dead, or hangs. */
export const NO_ANSWER = 'NoAnswer';
/** The type of a failure of an attempt that no worker has begun. */
export const NOT_STARTED = 'NotStarted';
/** Failures that have nothing to do with the user who was tried. */
const ABOUT_A_SERVER = new Set<string>([
  RETRYABLE.MailServerAway,
  RETRYABLE.KratosUnavailable,
  RETRYABLE.KratosUnauthorized,
  RETRYABLE.RunFolderMissing,
  RETRYABLE.StorageUnavailable,
  RETRYABLE.LaterVersion,
]);
/** Failures at a limit of the sender. */
const LIMITS = new Set<string>([
  RETRYABLE.MailServerBusy,
  RETRYABLE.MailServerFull,
  RETRYABLE.MailQuotaReached,
]);

/** Whether a failure says that other mails had better wait, too: it ends a step of many. */
export function isAboutSender(type: string): boolean {
  return ABOUT_A_SERVER.has(type) || type === RETRYABLE.MailQuotaReached;
}

export function newQueue(): Queue {
  return {
    counts: { sent: 0, failed: 0, none: 0, kept: 0 },
    nextChunk: 1,
    later: [],
    refusedInARow: 0,
    latest: '',
    stopped: false,
    failedInARow: [],
  };
}

/** Whether the next page has to be listed before a new user can be tried. */
export function wantsPage({ nextChunk, page, later }: Queue): boolean {
  return nextChunk !== undefined && !page && later.length < MOST_LATER;
}

/** @param page undefined after the last one */
export function turnPage(queue: Queue, page: DuePage | undefined): void {
  if (page) {
    queue.page = page;
    queue.nextChunk = page.chunk + 1;
  } else delete queue.nextChunk;
}

/** Whether no invitation is left, apart from those in flight. */
export function isEmpty({ nextChunk, page, later }: Queue): boolean {
  return nextChunk === undefined && !page && later.length === 0;
}

/**
 * When an invitation can be tried: now at the earliest; Infinity while that depends on attempts in flight.
 * @param inFlight attempts that have not ended
 */
export function availableAt(queue: Queue, inFlight: number, now: number): number {
  const { page, later, away, rest, stopped, refusedInARow, counts } = queue;
  if (stopped || ((away ?? rest) && inFlight > 0)) return Infinity;
  // If the attempts in flight are refused too, that is enough to stop; a server that has accepted none may refuse all.
  const mayRefuseAll = refusedInARow > 0 || counts.sent === 0;
  if (mayRefuseAll && refusedInARow + inFlight >= REFUSED_STOPS) return Infinity;
  const isNew = page !== undefined && later.length < MOST_LATER;
  const earliest = isNew ? now : Math.min(Infinity, ...later.map(({ at }) => at));
  return Math.max(now, earliest, away?.until ?? now, rest?.until ?? now);
}

/**
 * The rate that the mail server takes, where that is less than what is asked.
 * @param asked mails a minute
 */
export function learnedBelow({ learned }: Queue, asked: number): number | undefined {
  const { perMinute = Infinity } = learned ?? {};
  return perMinute < asked ? perMinute : undefined;
}

/**
 * Takes users who were not tried yet, of one chunk, and as many as the next step may carry. Only when an invitation is
 * available; none where a retry is next, or only one mail may try the server.
 */
export function takeNew(
  queue: Queue,
  { inFlight, now, most }: { inFlight: number; now: number; most: number },
): DuePage {
  const { page, later, away, refusedInARow, counts } = queue;
  const chunk = page?.chunk ?? 0;
  const isRetry = later.some(({ at }) => at <= now);
  if (!page || isRetry || (away ?? queue.rest) || later.length >= MOST_LATER)
    return { chunk, lines: [] };
  const mayRefuseAll = refusedInARow > 0 || counts.sent === 0;
  const allowed = mayRefuseAll ? REFUSED_STOPS - refusedInARow - inFlight : Infinity;
  // In steps of about one size, rather than with a small one at the end of each page.
  const steps = Math.ceil(page.lines.length / Math.min(most, allowed));
  const lines = page.lines.slice(0, Math.ceil(page.lines.length / steps));
  const rest = page.lines.slice(lines.length);
  if (rest.length > 0) queue.page = { chunk, lines: rest };
  else delete queue.page;
  return { chunk, lines };
}

/** Takes the next invitation; retries go before new ones. Only when one is available. */
export function take(queue: Queue, now: number): Invitation {
  const index = queue.later.findIndex(({ at }) => at <= now);
  if (index >= 0) {
    const { at: _, ...invitation } = queue.later.splice(index, 1)[0]!;
    return invitation;
  }
  const { chunk, lines } = queue.page!;
  const [line, ...rest] = lines;
  if (rest.length > 0) queue.page = { chunk, lines: rest };
  else delete queue.page;
  return { chunk, line: line!, tries: 0, unsure: 0 };
}

/**
 * Records the result of an attempt.
 * @returns notices for the operator
 */
export function recordResult(
  queue: Queue,
  { state, mailed }: InvitationResult,
  now: number,
): string[] {
  queue.counts[state === 'due' ? 'kept' : state]++;
  delete queue.notBegun;
  if (!mailed && state !== 'sent') return [];
  const notices = queue.away?.isTold ? ['Invitations go out again.'] : [];
  delete queue.away;
  queue.failedInARow = [];
  if (!mailed) return notices;
  // Answers to mails that were on their way before it do not end a rest.
  if (queue.rest && now >= queue.rest.until) delete queue.rest;
  queue.learned = mailTaken(queue.learned ?? NO_PACE, now);
  return [...notices, ...recordAnswer(queue, state === 'failed')];
}

/** Stops the mails where the server refuses most of them for good. */
function recordAnswer(queue: Queue, isRefused: boolean): string[] {
  queue.refusedInARow = isRefused ? queue.refusedInARow + 1 : 0;
  queue.latest = (queue.latest + (isRefused ? '-' : '+')).slice(-LATEST);
  if (queue.stopped) return [];
  const refused = queue.latest.split('-').length - 1;
  const isRow = queue.refusedInARow >= REFUSED_STOPS;
  if (!isRow && refused < REFUSED_OF_LATEST) return [];
  queue.stopped = true;
  const which = isRow
    ? `${REFUSED_STOPS} invitations in a row`
    : `${refused} of the latest ${queue.latest.length} invitations`;
  return [
    `Paused by itself: the mail server has refused ${which} for good. Its log says why. Resume to go on with the others, or cancel.`,
  ];
}

/**
 * Records a failed attempt.
 * @returns notices for the operator; and the reason to give the invitation up, if there is one
 */
export function recordFailure(
  queue: Queue,
  invitation: Invitation,
  failure: Failure,
  now: number,
): { notices: string[]; giveUp?: string } {
  const { type } = failure;
  if (type === NOT_STARTED) {
    queue.later.push({ ...invitation, at: now });
    return { notices: waitForWorker(queue, now) };
  }
  delete queue.notBegun;
  if (LIMITS.has(type)) return recordLimit(queue, invitation, failure, now);
  const { chunk, line } = invitation;
  const isServers = ABOUT_A_SERVER.has(type);
  const tries = invitation.tries + (isServers && queue.away ? 0 : 1);
  const isUnsure = type === RETRYABLE.InvitationUnsure || type === NO_ANSWER;
  const unsure = invitation.unsure + (isUnsure ? 1 : 0);

  const key = `${chunk}/${line}`;
  if (type !== NO_ANSWER && !queue.failedInARow.includes(key)) queue.failedInARow.push(key);
  const waits = isServers || queue.failedInARow.length >= SERVER_FAILS;
  const notices = waits ? waitForServer(queue, failure, now) : [];

  if (unsure >= MOST_UNSURE) return { notices, giveUp: 'no answer after the mail' };
  if (tries >= MOST_TRIES) return { notices, giveUp: `${tries} tries` };
  const delay = exponentialBackoff(RETRY_DELAY, Math.max(tries, 1));
  // Also when the server is at fault: another user is tried next, in case this user is the cause after all.
  queue.later.push({ chunk, line, tries, unsure, at: now + delay });
  return { notices };
}

/**
 * Records an attempt that has met a limit of the sender: no try, unless this invitation meets one again and again while
 * others are sent.
 */
function recordLimit(
  queue: Queue,
  invitation: Invitation,
  failure: Failure,
  now: number,
): { notices: string[]; giveUp?: string } {
  const { chunk, line } = invitation;
  const busy = busyAgain(invitation.busy, queue.counts.sent);
  const isItsOwn = busy.passedBy > MOST_BUSY;
  const tries = invitation.tries + (isItsOwn ? 1 : 0);
  const notices = limitReached(queue, `${chunk}/${line}`, failure, now);
  if (tries >= MOST_TRIES) return { notices, giveUp: `${tries} tries` };
  const delay = isItsOwn
    ? exponentialBackoff(RETRY_DELAY, tries)
    : exponentialBackoff(BUSY_DELAY, busy.times);
  queue.later.push({ ...invitation, tries, busy, at: now + delay });
  return { notices };
}

function busyAgain(before: Busy | undefined, sent: number): Busy {
  const { times = 0, passedBy = 0 } = before ?? {};
  const isPassedBy = before !== undefined && sent > before.sent;
  return { times: times + 1, passedBy: passedBy + (isPassedBy ? 1 : 0), sent };
}

/** @returns notices for the operator: one for each limit, when it is met for the first time */
function limitReached(queue: Queue, key: string, failure: Failure, now: number): string[] {
  if (failure.type === RETRYABLE.MailServerFull) {
    // Other workers may have the connections, and send.
    if (!queue.failedInARow.includes(key)) queue.failedInARow.push(key);
    return queue.failedInARow.length >= SERVER_FAILS ? waitForServer(queue, failure, now) : [];
  }
  if (failure.type === RETRYABLE.MailQuotaReached) {
    rest(queue, { isQuota: true, waitMs: failure.waitMs }, now);
    return tellOnce(
      queue,
      'quota',
      `${failure.message}. Invitations wait; one of them tries again from time to time, at least once an hour.`,
    );
  }
  const before = queue.learned?.loweredAt;
  queue.learned = mailRefused(queue.learned ?? NO_PACE, now);
  if (isShut(queue.learned)) rest(queue, { isQuota: false, waitMs: failure.waitMs }, now);
  const { perMinute, loweredAt } = queue.learned;
  if (perMinute === undefined || loweredAt === before) return [];
  return tellOnce(
    queue,
    'pace',
    `The mail server takes about ${formatNumber(perMinute)} mails a minute; invitations go at that pace.`,
  );
}

/** Nothing goes out for a while. Attempts that were in flight when the first one failed add nothing. */
function rest(
  queue: Queue,
  { isQuota, waitMs = 0 }: { isQuota: boolean; waitMs: number | undefined },
  now: number,
): void {
  if (queue.rest && now < queue.rest.until && (queue.rest.isQuota || !isQuota)) return;
  const tries = queue.rest?.isQuota === isQuota ? queue.rest.tries + 1 : 1;
  const wait = exponentialBackoff(isQuota ? QUOTA_WAIT : SHUT_WAIT, tries);
  queue.rest = { tries, until: now + Math.max(wait, waitMs), isQuota };
}

function tellOnce(queue: Queue, limit: 'pace' | 'quota', notice: string): string[] {
  if (queue.told?.includes(limit)) return [];
  queue.told = [...(queue.told ?? []), limit];
  return [notice];
}

/** The worker that runs the workflow is there: those that could send are busy. */
function waitForWorker(queue: Queue, now: number): string[] {
  const { since, isTold } = (queue.notBegun ??= { since: now, isTold: false });
  if (isTold || now - since < BUSY_MS) return [];
  queue.notBegun = { since, isTold: true };
  return ['The workers are busy with other steps. Invitations wait, and go on by themselves.'];
}

function waitForServer(queue: Queue, failure: Failure, now: number): string[] {
  const { type, message, waitMs = 0 } = failure;
  // Attempts that were in flight when the first one failed add nothing.
  if (queue.away && now < queue.away.until) return [];
  const awaitsToken = type === RETRYABLE.KratosUnauthorized;
  const isKnown = queue.away?.awaitsToken === awaitsToken && queue.away.isTold;
  const { timesAway = 0 } = queue;
  const tries = (queue.away?.tries ?? 0) + 1;
  const isTold = isKnown || awaitsToken || tries >= LONG_AWAY || timesAway < MOST_TOLD_AWAY;
  const wait = Math.max(exponentialBackoff(SERVER_WAIT, tries), waitMs);
  queue.away = { tries, until: now + wait, awaitsToken, isTold };
  queue.failedInARow = queue.failedInARow.slice(-SERVER_FAILS);
  if (isKnown || !isTold) return [];
  queue.timesAway = timesAway + 1;
  return [`${message} Invitations wait, and go on by themselves.`];
}

/** The operator has looked. */
export function resumeQueue(queue: Queue): void {
  queue.stopped = false;
  queue.refusedInARow = 0;
  queue.latest = '';
}
