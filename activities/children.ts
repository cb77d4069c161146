/** What an import has to know of the workflows that hold its children's ids. */
import type { RunRef } from '../src/contract/ids.js';
import { runAttempt } from './attempt.js';
import { isForeign } from './execution-status.js';

export interface ChildRequest {
  run: RunRef;
  childId: string;
}

export const childActivities = {
  /** Whether a workflow that is not the import's runs under the id of one of its children. */
  isTakenByOthers({ run, childId }: ChildRequest): Promise<boolean> {
    return runAttempt({ run }, () => isForeign(run, childId));
  },
};
