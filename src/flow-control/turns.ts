/** Turns for the requests that Kratos gets for one user each. */
import { INITIAL_LIMIT } from './adaptive-limit.js';
import { AdaptiveSemaphore } from './adaptive-semaphore.js';

/** As many requests at once as make Kratos faster, by measured speed. Shared by all attempts of a worker. */
export type Turns = Pick<AdaptiveSemaphore, 'run'>;

/**
 * More at once than Kratos keeps connections to its database, by default one for each of its cores, make it open new
 * ones all the time, and a deletion in a new one costs Postgres ten times as much. These requests take milliseconds,
 * and not all take as long: only many of them tell two limits apart.
 * @param first so many at once from the beginning, rather than few that are doubled while that pays. Where requests
 * always wait for a connection none is idle, so none is opened anew; from few on the way there leads through a valley (on
 * two cores 8 at once take a quarter longer for a mail than 2 or 32), which hill climbing does not cross
 */
export function turnsOfRequests(first?: number): Turns {
  const known = first === undefined ? {} : { limit: first, isDoubling: false };
  return new AdaptiveSemaphore({ ...INITIAL_LIMIT, writesASlot: 128, ...known });
}
