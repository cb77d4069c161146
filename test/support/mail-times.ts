/** The times at which mails arrived (milliseconds), compared with the wanted rate. */

/** The most mails that arrived within any 60 seconds. */
export function mostInAMinute(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while (sorted[last]! - sorted[first]! >= 60_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** The start and end of a time in which no worker could send, in milliseconds. */
export type Outage = [from: number, until: number];

/** Mails a minute, without the time from the last mail before each outage to the first mail after it. */
export function meanOutside(outages: readonly Outage[], times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const gaps = sorted.slice(1).flatMap((at, i) => {
    const before = sorted[i]!;
    return outages.some(([from, until]) => at >= from && before <= until) ? [] : [at - before];
  });
  return (gaps.length * 60_000) / gaps.reduce((sum, gap) => sum + gap, 0);
}
