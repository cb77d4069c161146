/** Numbers and times for people, the same on every machine. */

/** 1234567 as 1,234,567, in every language of the machine. */
export function formatNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A duration: `45 s`, `2 min 10 s`, `3 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 2026-11-02T10:00:00.000Z as 2026-11-02 10:00:00 UTC, like the times in Temporal's UI. */
export function formatTime(at: string): string {
  return at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

/** `a, b, …`: the first of some names. */
export function formatFirst(names: readonly string[], most = 20): string {
  return `${names.slice(0, most).join(', ')}${names.length > most ? ', …' : ''}`;
}
