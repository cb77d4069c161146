// How much of the processor each server has used, from Linux's /proc.
import { readFile, readdir } from 'node:fs/promises';

const TICKS_A_SECOND = 100;

/**
 * What share of the processor's time the host has given to others since it was last asked.
 * @returns {Promise<() => Promise<number>>} 0 to 1; always 0 where there is no host
 */
export async function stolenSince() {
  const read = async () => {
    const text = await readFile('/proc/stat', 'utf8').catch(() => '');
    const times = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
    return { stolen: times[7] ?? 0, all: times.slice(0, 8).reduce((sum, time) => sum + time, 0) };
  };
  const before = await read();
  return async () => {
    const { stolen, all } = await read();
    return all > before.all ? (stolen - before.stolen) / (all - before.all) : 0;
  };
}

/**
 * Seconds of processor time that processes and their children have used so far, those that have ended included.
 * @param {Record<string, number>} pids by name
 * @returns {Promise<Record<string, number>>} by name
 */
export async function cpuSecondsOf(pids) {
  /** @type {Map<number, {parent: number, seconds: number}>} */
  const processes = new Map();
  for (const entry of await readdir('/proc').catch(() => [])) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || !/^\d+$/.test(entry)) continue;
    // What comes before may hold anything: the name of the program stands there.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
    processes.set(Number(entry), { parent: fields[1] ?? 0, seconds: ticks / TICKS_A_SECOND });
  }
  const sumOf = (/** @type {number} */ id) => {
    let sum = processes.get(id)?.seconds ?? 0;
    for (const [child, { parent }] of processes) if (parent === id) sum += sumOf(child);
    return sum;
  };
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, sumOf(pid)]));
}
