/** Reading ahead: what takes a round trip is asked for before its turn comes, some at once, and used in order. */

/** Few enough that memory stays flat, enough to hide twenty milliseconds a request. */
const AHEAD = 8;

/**
 * What `map` makes of each item, in the order of the items.
 * @param ahead so many are under way at once
 */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  map: (item: Item) => Promise<Result>,
  ahead = AHEAD,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const next = map(item);
      next.catch(() => undefined); // A failure is thrown when its turn comes, which it may not.
      pending.push(next);
      if (pending.length >= ahead) yield await pending.shift()!;
    }
    for (let next = pending.shift(); next; next = pending.shift()) yield await next;
  } finally {
    // Nothing goes on behind the caller's back.
    await Promise.allSettled(pending);
  }
}
