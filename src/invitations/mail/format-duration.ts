import { lifetimeSeconds } from '../../contract/import/input.js';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/**
 * How long a link works, for a person: `1 hour`, `90m` as `1 hour 30 minutes`. At most two units, rounded down: a link
 * may work longer than promised, never shorter.
 *
 * @param expiresIn as in an import's settings: `45s`, `30m`, `168h`
 */
export function formatDuration(expiresIn: string): string {
  let left = lifetimeSeconds(expiresIn);
  const words: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    if (count > 0) words.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return words.slice(0, 2).join(' ');
}
