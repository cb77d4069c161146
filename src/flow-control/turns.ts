/** Turns for the requests that Kratos gets for one user each. */
import { INITIAL_LIMIT } from './adaptive-limit.js';
import { AdaptiveSemaphore } from './adaptive-semaphore.js';

/** As many requests at once as make Kratos faster, by measured speed. Shared by all attempts of a worker. */
export type Turns = Pick<AdaptiveSemaphore, 'run'>;

/**
 * More at once than Kratos keeps connections to its database, by default one for each of its cores, make it open new
 * ones all the time, and a deletion in a new one costs Postgres ten times as much. These requests take milliseconds,
 * and not all take as long: only many of them tell two limits apart.
 */
export function turnsOfRequests(): Turns {
  return new AdaptiveSemaphore({ ...INITIAL_LIMIT, writesASlot: 128 });
}
