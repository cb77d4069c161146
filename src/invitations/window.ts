/** The hours of the day in which mails may go out. */
import { DateTime, IANAZone } from 'luxon';
import type { SendingWindow } from '../contract/import/input.js';

/** One period in which mails may go out; milliseconds since 1970. */
export interface Opening {
  opensAt: number;
  closesAt: number;
}

export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/**
 * The opening that contains a moment, else the next one after it. A window whose end is before its start spans
 * midnight. A time that the clocks skip in spring is an hour later; of a time that comes twice in autumn, the first
 * counts.
 * @param now milliseconds since 1970
 */
export function openingAt({ from, to, timeZone }: SendingWindow, now: number): Opening {
  const today = DateTime.fromMillis(now, { zone: timeZone }).startOf('day');
  // From yesterday, since that day's opening may go on after midnight.
  for (let day = today.minus({ days: 1 }); ; day = day.plus({ days: 1 })) {
    const opensAt = momentOf(day, from);
    const closesAt = momentOf(to < from ? day.plus({ days: 1 }) : day, to);
    if (closesAt > now && closesAt > opensAt) return { opensAt, closesAt };
  }
}

function momentOf(day: DateTime, timeOfDay: string): number {
  const [hour, minute] = timeOfDay.split(':').map(Number);
  const moment = day.set({ hour: hour!, minute: minute! });
  return Math.min(...moment.getPossibleOffsets().map((possible) => possible.toMillis()));
}
