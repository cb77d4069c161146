/** The points of the charts, from the history of a run. Pure. */
import type { History } from '../../contract/report.js';

type Value = [at: number, value: number];

/** Rows a second, or a minute, over time. */
export interface Pace {
  unit: 'second' | 'minute';
  points: Value[];
}

const MOST_STEPS = 60;
const FEWEST_POINTS = 4;
/** A shorter run needs no chart. */
const SHORTEST_MS = 2000;

/** Undefined when there are too few points for a chart. */
export function paceOf(rows: History['rows']): Pace | undefined {
  const done = untilDone(rows.map(({ at, done }) => [Date.parse(at), done]));
  if (!isEnough(done)) return undefined;
  const [from, to] = [done[0]![0], done.at(-1)![0]];
  const steps = Math.min(MOST_STEPS, done.length - 1);
  const length = (to - from) / steps;
  const speeds = Array.from({ length: steps }, (_, i) => {
    const start = from + i * length;
    return ((valueAt(done, start + length) - valueAt(done, start)) * 1000) / length;
  });
  const unit = Math.max(...speeds) >= 2 ? 'second' : 'minute';
  const factor = unit === 'second' ? 1 : 60;
  const middles = speeds.map((speed, i): Value => [
    from + (i + 0.5) * length,
    round(speed * factor),
  ]);
  const [first, last] = [middles[0]![1], middles.at(-1)![1]];
  return { unit, points: [[from, first], ...middles, [to, last]] };
}

/** Mails sent and failed so far; undefined when there are too few points for a chart. */
export function mailLines(mails: History['mails']): { sent: Value[]; failed: Value[] } | undefined {
  const line = (key: 'sent' | 'failed') =>
    mails.map((mail): Value => [Date.parse(mail.at), mail[key]]);
  const both = { sent: line('sent'), failed: line('failed') };
  return isEnough(both.sent) && both.sent.at(-1)![1] > 0 ? both : undefined;
}

/** At most `most` of the points, spread evenly, the first and the last included: for the table beside a chart. */
export function someOf<T>(points: T[], most: number): T[] {
  if (points.length <= most) return points;
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => points[Math.round(i * step)]!);
}

/** Without the points after the last row, when only mails were sent. */
function untilDone(points: Value[]): Value[] {
  const last = points.at(-1)?.[1];
  return points.slice(0, points.findIndex(([, value]) => value === last) + 1);
}

function isEnough(points: Value[]): boolean {
  if (points.length < FEWEST_POINTS) return false;
  const times = points.map(([at]) => at);
  return times.every(Number.isFinite) && times.at(-1)! - times[0]! >= SHORTEST_MS;
}

/** Linear interpolation. */
function valueAt(points: Value[], at: number): number {
  const next = points.findIndex(([time]) => time >= at);
  if (next === -1) return points.at(-1)![1];
  const [time, value] = points[next]!;
  const [timeBefore, valueBefore] = points[next - 1] ?? [time, value];
  if (time === timeBefore) return value;
  return valueBefore + ((value - valueBefore) * (at - timeBefore)) / (time - timeBefore);
}

const round = (value: number): number => Math.round(value * 10) / 10;
