/** What an import has to know of the workflows that hold its children's ids. */
import { randomUUID } from 'node:crypto';
import { furtherChildId, type RunRef } from '../src/contract/ids.js';
import { runAttempt } from './attempt.js';
import { isForeign } from './execution-status.js';

export interface TakenIdRequest {
  run: RunRef;
  /** The id that a child was to get first. */
  ownId: string;
  /** The id that was found taken. */
  takenId: string;
}

export const childActivities = {
  /**
   * Another id for a child whose id is taken by a workflow that is not the import's; null where it is the import's own.
   * Made here: whoever knows a workflow's run id can compute what is random in it, and take that id, too.
   */
  replaceTakenId({ run, ownId, takenId }: TakenIdRequest): Promise<string | null> {
    return runAttempt({ run }, async () =>
      (await isForeign(run, takenId)) ? furtherChildId(ownId, randomUUID()) : null,
    );
  },
};
