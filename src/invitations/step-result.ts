/** What a step of many mails answers: counts and exceptions, as it goes into the history of the workflow. */
import type { InvitationResult } from '../contract/invitations.js';
import type { EndedAgo } from './pace.js';
import type { Failure } from './queue.js';

/** Results of mails that ended one after the other, or the failure of one. */
export type MailEnd =
  { result: InvitationResult; times: number } | { line: number; failure: Failure };

export interface StepResult {
  /** In the order in which they ended; last those that say how the servers are now. */
  ends: MailEnd[];
  /** When those ended that may have gone out, before this answer. */
  endedAgo: EndedAgo;
  /** Lines that were not begun, as ranges. */
  untried: string;
}

/** What is known of a step that has given no answer. */
export interface LostStep {
  /** Those of which there is a record. */
  ends: MailEnd[];
  /** Lines that may have been sent a mail, as ranges: without a record, and announced. */
  unsure: string;
  /** The others. */
  untried: string;
}

/** Adds to the last one where it is the same. */
export function addResult(ends: MailEnd[], result: InvitationResult): void {
  const last = ends.at(-1);
  const isSame =
    last !== undefined &&
    'result' in last &&
    last.result.state === result.state &&
    last.result.mailed === result.mailed;
  if (isSame) last.times++;
  else ends.push({ result, times: 1 });
}
