/** Downsampled time series: how a number grew, in few points however long it took. Pure: workflows call it with their own
 * clock. */

/** A value at some time (milliseconds). */
interface Point {
  at: number;
}

/** Plain JSON: workflows carry it through continue-as-new as it is. */
export interface Series<P extends Point> {
  points: P[];
  /** A point that follows sooner than this (milliseconds) replaces the point before it. */
  gap: number;
}

/** Enough for any chart, and some 10 kB. */
export const MOST_POINTS = 240;

export function newSeries<P extends Point>(): Series<P> {
  return { points: [], gap: 0 };
}

/**
 * Adds a point. The first point and the last one are always exact; those between are evenly spaced, so far apart that
 * there are no more than MOST_POINTS.
 */
export function addPoint<P extends Point>({ points, gap }: Series<P>, point: P): Series<P> {
  const [before, last] = points.slice(-2);
  const tooClose = before !== undefined && last !== undefined && last.at - before.at < gap;
  const all = [...(tooClose ? points.slice(0, -1) : points), point];
  if (all.length <= MOST_POINTS) return { points: all, gap };
  const thinned = all.filter((_, i) => i % 2 === 0 || i === all.length - 1);
  return { points: thinned, gap: (point.at - all[0]!.at) / (MOST_POINTS / 2) };
}
