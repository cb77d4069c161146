/**
 * When a step of many mails ends early: what its mails come to says that the others had better wait. The queue judges
 * by the same results when it has them; this keeps a step from going on until then.
 */
import type { InvitationResult } from '../contract/invitations.js';
import { isAboutSender, REFUSED_STOPS, SERVER_FAILS, type Failure } from './queue.js';

export class StepEnd {
  /** Refused mails, less one for each that was accepted since: it grows where most are refused. */
  private refused = 0;
  private failedInARow = 0;
  isReached = false;

  reach(): void {
    this.isReached = true;
  }

  ended({ state, mailed }: InvitationResult): void {
    if (!mailed) return;
    this.failedInARow = 0;
    this.refused = state === 'failed' ? this.refused + 1 : Math.max(0, this.refused - 1);
    this.isReached ||= this.refused >= REFUSED_STOPS;
  }

  failed({ type }: Failure): void {
    this.failedInARow++;
    this.isReached ||= isAboutSender(type) || this.failedInARow >= SERVER_FAILS;
  }

  /** If all on their way are refused too, that is enough to stop. */
  mostAtOnce(most: number): number {
    return this.refused === 0 ? most : Math.max(1, Math.min(most, REFUSED_STOPS - this.refused));
  }
}
