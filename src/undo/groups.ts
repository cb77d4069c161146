/** Users are undone in groups; what has to be asked for each of them alone is asked for a few at once. */
import type { Turns } from '../flow-control/turns.js';

/** Between reading one of so many users and deleting it there is one write to the store. */
const GROUP = 16;

export function groupsOf<T>(items: T[]): T[][] {
  const count = Math.ceil(items.length / GROUP);
  return Array.from({ length: count }, (_, i) => items.slice(i * GROUP, (i + 1) * GROUP));
}

/**
 * Does the work of each item in its turn. Once one fails no other begins, but those that have begun are waited for: their
 * requests are on their way.
 */
export async function together<Item, Result>(
  items: Item[],
  turns: Turns,
  work: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const failed = new AbortController();
  return Promise.allSettled(
    items.map((item) =>
      turns.run(1, failed.signal, async () => {
        try {
          return await work(item);
        } catch (error) {
          failed.abort(error);
          throw error;
        }
      }),
    ),
  );
}
