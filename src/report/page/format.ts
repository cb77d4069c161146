/** Times and shares as people read them, the same on every machine. */
import { formatSeconds } from '../../format.js';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (value: number): string => String(value).padStart(2, '0');

/** `2 Nov 2026, 10:00:05 UTC`. */
export function moment(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return `${day(date)} ${date.getUTCFullYear()}, ${timeOfDay(date)} UTC`;
}

/** `10:00:05`, with the day in front where it is not the day of `start`. The caller's title names the time zone. */
export function shortMoment(at: string, start: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const sameDay = at.slice(0, 10) === start.slice(0, 10);
  return sameDay ? timeOfDay(date) : `${day(date)}, ${timeOfDay(date)}`;
}

/** The end of something that began at `start`: `10:00:05 UTC`, with the day in front where it is another. */
export function until(at: string, start: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return at.slice(0, 10) === start.slice(0, 10) ? `${timeOfDay(date)} UTC` : moment(at);
}

/** `2 Nov`. */
export function day(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

export function timeOfDay(date: Date): string {
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
}

/** The duration between two times, in words. */
export function lasted(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return Number.isNaN(seconds) ? 'not known' : formatSeconds(Math.max(0, seconds));
}

/** `12.5 %`; only none is `0 %`, and only all is `100 %`. */
export function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part * 100) / whole;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  if (percent < 100 && percent > 99.9) return '> 99.9 %';
  return `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 1)} %`;
}
