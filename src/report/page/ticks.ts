/** Round values for the axes of a chart. Pure. */
import { day, timeOfDay } from './format.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200].map((count) => count * DAY),
];

/**
 * Whole numbers from 0 to `highest` or a little more, in steps of 1, 2, 3 or 5 times a power of ten.
 * @param most steps
 */
export function valueTicks(highest: number, most: number): number[] {
  const exact = Math.max(1, highest / most);
  const power = 10 ** Math.floor(Math.log10(exact));
  const step = [1, 2, 3, 5, 10].map((factor) => factor * power).find((each) => each >= exact)!;
  const steps = Math.max(1, Math.ceil(highest / step));
  return Array.from({ length: steps + 1 }, (_, i) => i * step);
}

export interface TimeTick {
  at: number;
  label: string;
}

/**
 * Round times (UTC) between two times, in milliseconds since 1970.
 * @param most steps between them
 */
export function timeTicks(from: number, to: number, most: number): TimeTick[] {
  const span = to - from;
  const step = TIME_STEPS.find((each) => span / each <= most) ?? TIME_STEPS.at(-1)!;
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: count }, (_, i) => {
    const at = (first + i) * step;
    return { at, label: labelOf(new Date(at), step, span) };
  });
}

function labelOf(at: Date, step: number, span: number): string {
  if (step >= DAY) return day(at);
  const time = timeOfDay(at);
  if (step < MINUTE) return time;
  const hoursAndMinutes = time.slice(0, 'hh:mm'.length);
  return span > DAY ? `${day(at)} ${hoursAndMinutes}` : hoursAndMinutes;
}
