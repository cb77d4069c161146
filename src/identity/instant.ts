/** A point of time as databases and other products write it: a day, and mostly a time and how far it is from UTC. */
const INSTANT =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d)?)(?<part>\.\d{1,3})?\d*\s*(?<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * @returns milliseconds since 1970, infinite for PostgreSQL's `infinity`; undefined where it is none. Without a zone it
 * is UTC.
 */
export function instantOf(text: string): number | undefined {
  if (text === 'infinity') return Infinity;
  const { day, time = '00:00', part = '', zone = 'Z' } = INSTANT.exec(text)?.groups ?? {};
  if (day === undefined) return undefined;
  const seconds = time.length === 5 ? `${time}:00` : time;
  const value = Date.parse(`${day}T${seconds}${part}${offsetOf(zone)}`);
  return Number.isNaN(value) ? undefined : value;
}

function offsetOf(zone: string): string {
  if (!/^[+-]/.test(zone)) return 'Z';
  const digits = zone.replace(':', '').padEnd(5, '0');
  return `${digits.slice(0, 3)}:${digits.slice(3)}`;
}
